import type { IncomingMessage } from 'node:http';

/** How much of an unread body is discarded after an answer, and for how long. */
const maxUnreadBytes = 16 * 1024 * 1024;
const maxUnreadMs = 5000;

/** Reports whether a client may still be sending its body. `complete` is set late for a request without one. */
export function isBodyOnItsWay({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}

/**
 * Discards the rest of a body until it ends, pauses for `maxPauseMs` or exceeds a limit, then calls `whenDone`. Closing
 * the connection before would reset it, and a client that is still sending would lose the answer.
 */
export function discardBody(request: IncomingMessage, maxPauseMs: number, whenDone: () => void): void {
  let discardedBytes = 0;
  const end = (): void => {
    clearTimeout(limit);
    clearTimeout(pause);
    request.off('data', count);
    for (const event of ends) request.off(event, end);
    whenDone();
  };
  const count = (chunk: Buffer): void => {
    discardedBytes += chunk.length;
    pause.refresh();
    if (discardedBytes > maxUnreadBytes) end();
  };
  const limit = setTimeout(end, maxUnreadMs);
  const pause = setTimeout(end, maxPauseMs);
  request.on('data', count);
  for (const event of ends) request.on(event, end);
  // A reader that stopped early has paused it.
  request.resume();
  if (request.readableEnded || request.destroyed) end();
}

const ends = ['end', 'close', 'error'];
