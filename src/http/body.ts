import type { BodyBudget } from './body-budget.ts';
import { Deadlines } from './deadlines.ts';
import type { Exchange } from './exchange.ts';

const messages = {
  'too large': 'The request body is too large.',
  'too slow': 'The request body did not arrive in time.',
  'too many': 'Too many request bodies are being read; try again.',
} as const;

/** A body that is not taken: larger than allowed, not there when its time was over, or one too many at this moment. */
export class BodyError extends Error {
  readonly reason: keyof typeof messages;

  constructor(reason: BodyError['reason']) {
    super(messages[reason]);
    this.name = 'BodyError';
    this.reason = reason;
  }
}

/** How a body is read. */
export interface BodyReading {
  budget: BodyBudget;
  timeoutMs: number;
  maxBytes: number;
  /** Whether the signature was verified before the body. */
  isVerified: boolean;
  /** Keeps the bytes counted until the exchange is over, for a body that waits to be used. */
  isHeld?: boolean;
  /** Sees each piece as it arrives. */
  onChunk?(chunk: Buffer): void;
}

/**
 * The whole body. Rejects with `BodyError` as soon as it is longer than `maxBytes`, slower than `timeoutMs` or beyond
 * the budget, and with another error when it breaks off. Plain events: an async iterator costs as much as verifying the
 * signature.
 */
export function readBody(exchange: Exchange, reading: BodyReading): Promise<Buffer> {
  const { request } = exchange;
  const { budget, timeoutMs, maxBytes, isVerified, isHeld = false, onChunk } = reading;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    return Promise.reject(new BodyError('too large'));
  }
  exchange.continueOnce();
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const deadlines = deadlinesAfter(timeoutMs);
    // Nothing of this stays behind: the exchange may last.
    const settle = (): void => {
      deadlines.meet(deadline);
      request.off('data', take).off('end', finish);
      exchange.whenOverNoMore(breakOff);
      chunks = [];
    };
    const refuse = (error: Error): void => {
      settle();
      room.free();
      reject(error);
    };
    const breakOff = (): void => refuse(new Error('the request ended before its body'));
    const room = budget.open(isVerified, () => refuse(new BodyError('too many')));
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) {
        refuse(new BodyError('too large'));
        return;
      }
      chunks.push(chunk);
      onChunk?.(chunk);
      room.take(chunk.length);
    };
    const finish = (): void => {
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      settle();
      room.keep();
      if (isHeld) exchange.whenOver(room.free);
      else room.free();
      resolve(body);
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
