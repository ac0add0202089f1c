import type { ClientRequest } from 'node:http';

/** Bytes to send. An error while reading them fails the request, and the store never gets the last ones. */
export interface StoreBody {
  chunks: AsyncIterable<Buffer>;
  sizeBytes: number;
}

/** The body is sent after this to a server that ignores `Expect: 100-continue`. */
const continueMs = 1000;

/** The state of the exchange that a body is sent in. */
interface Sending {
  /** Resolves with the response or a failure. */
  answered: Promise<void>;
  isOver(): boolean;
  progress: { isBodyBegun: boolean };
  isClientsTurn(is: boolean): void;
}

/**
 * Sends each chunk only when the next one is there: the bytes are verified at the end, and a store that didn't get the
 * last ones stores nothing.
 */
export async function sendBody(
  request: ClientRequest,
  { chunks, sizeBytes }: StoreBody,
  sending: Sending,
): Promise<void> {
  if (sizeBytes > 0) await untilWanted(request, sending.answered);
  if (sending.isOver()) return;
  const iterator = chunks[Symbol.asyncIterator]();
  sending.progress.isBodyBegun = true;
  let held: Buffer | undefined;
  for (;;) {
    sending.isClientsTurn(true);
    const next = await iterator.next();
    sending.isClientsTurn(false);
    if (next.done) break;
    if (sending.isOver()) {
      await iterator.return?.();
      return;
    }
    if (held && !request.write(held)) await untilDrained(request);
    held = next.value;
  }
  request.end(held);
}

function untilWanted(request: ClientRequest, answered: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    request.flushHeaders();
    let timer: NodeJS.Timeout | undefined;
    const go = () => {
      clearTimeout(timer);
      resolve();
    };
    const wait = () => {
      timer = setTimeout(go, continueMs);
    };
    request.once('socket', (socket) => (socket.connecting ? socket.once('connect', wait) : wait()));
    request.once('continue', go);
    void answered.then(go);
  });
}

function untilDrained(request: ClientRequest): Promise<void> {
  const events = ['drain', 'response', 'close'];
  return new Promise((resolve) => {
    const go = () => {
      for (const event of events) request.off(event, go);
      resolve();
    };
    for (const event of events) request.once(event, go);
  });
}
