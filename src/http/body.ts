import type { BodyBudget } from './body-budget.ts';
import { Deadlines } from './deadlines.ts';
import type { Exchange } from './exchange.ts';

const messages = {
  'too large': 'The request body is too large.',
  'too slow': 'The request body did not arrive in time.',
  'too many': 'Too many request bodies are being read; try again.',
} as const;

/** Rejects a body that is too large, too slow, or too much for the budget. */
export class BodyError extends Error {
  readonly reason: keyof typeof messages;

  constructor(reason: BodyError['reason']) {
    super(messages[reason]);
    this.name = 'BodyError';
    this.reason = reason;
  }
}

/** How to read a body. */
export interface BodyReading {
  budget: BodyBudget;
  timeoutMs: number;
  maxBytes: number;
  /** Whether the sender's signature was verified before the body. */
  isVerified: boolean;
  /** Keeps the bytes in the budget until the exchange is over, for a body that waits to be used. */
  isHeld?: boolean;
  /** Called with each piece as it arrives. */
  onChunk?(chunk: Buffer): void;
}

/**
 * Reads a whole body. Rejects with `BodyError`, or with another error if the client goes. Uses plain events, since an
 * async iterator costs as much as verifying the signature.
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
    // Leaves no listener behind: the exchange may last.
    const release = (): void => {
      deadlines.meet(deadline);
      request.off('data', take).off('end', finish);
      exchange.whenOverNoMore(breakOff);
      chunks = [];
    };
    const refuse = (error: Error): void => {
      release();
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
      release();
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
