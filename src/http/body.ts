import { Deadlines } from './deadlines.ts';
import type { Exchange } from './exchange.ts';

/** Longest body of a JSON or STS request. A declaration of the largest legal size comes to about 1 MB. */
export const maxBodyBytes = 4 * 1024 * 1024;

/** A body that is not taken: larger than allowed, or not there when its time was over. */
export class BodyError extends Error {
  readonly reason: 'too large' | 'too slow';

  constructor(reason: BodyError['reason']) {
    super(reason === 'too large' ? 'The request body is too large.' : 'The request body did not arrive in time.');
    this.name = 'BodyError';
    this.reason = reason;
  }
}

/**
 * The whole body. Rejects with `BodyError` as soon as it is longer than `maxBytes` or slower than `timeoutMs`, and
 * with another error when it breaks off. Plain events: an async iterator costs as much as verifying the signature.
 */
export function readBody(exchange: Exchange, timeoutMs: number, maxBytes = maxBodyBytes): Promise<Buffer> {
  const { request } = exchange;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    return Promise.reject(new BodyError('too large'));
  }
  exchange.continueOnce();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const deadlines = deadlinesAfter(timeoutMs);
    // Nothing of this stays behind: the exchange may last.
    const settle = (): void => {
      deadlines.meet(deadline);
      request.off('data', take).off('end', finish);
      exchange.whenOverNoMore(breakOff);
    };
    const refuse = (error: Error): void => {
      settle();
      reject(error);
    };
    const breakOff = (): void => refuse(new Error('the request ended before its body'));
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBytes) refuse(new BodyError('too large'));
    };
    const finish = (): void => {
      settle();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    };
    const deadline = deadlines.set(() => refuse(new BodyError('too slow')));
    request.on('data', take).on('end', finish);
    exchange.whenOver(breakOff);
  });
}

const deadlinesByTime = new Map<number, Deadlines>();

function deadlinesAfter(timeoutMs: number): Deadlines {
  const known = deadlinesByTime.get(timeoutMs);
  if (known) return known;
  const deadlines = new Deadlines(timeoutMs);
  deadlinesByTime.set(timeoutMs, deadlines);
  return deadlines;
}
