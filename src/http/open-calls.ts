import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from '../contract/errors.ts';
import type { CallEnd } from '../model/call-end.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';

const waitHeader = 'x-millrace-wait-seconds';
const maxWaitSeconds = 20;

/** Returns how long PollForJobs may hold this call, in ms; undefined if the caller does not say. */
export function readWaitMs(headers: IncomingHttpHeaders): number | undefined {
  const text = headers[waitHeader];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (typeof text !== 'string' || text.trim() === '' || !(seconds >= 0 && seconds <= maxWaitSeconds)) {
    const message = `The header ${waitHeader} must be a number from 0 to ${maxWaitSeconds}.`;
    throw new ServiceError('ValidationException', message);
  }
  return seconds * 1000;
}

/** The running calls of the JSON services, which a server that stops aborts so that held polls are answered. */
export class OpenCalls {
  readonly #metrics: Pick<Metrics, 'countHeldPoll'>;
  readonly #open = new Set<CallSignal>();
  #isAborting = false;

  constructor(metrics: Pick<Metrics, 'countHeldPoll'>) {
    this.#metrics = metrics;
  }

  /** Returns a signal that aborts when the client has gone or the server stops. */
  open(exchange: Exchange, { isPoll, waitMs }: { isPoll: boolean; waitMs: number }): CallEnd {
    if (isPoll && waitMs === 0) return neverHeld;
    const signal = new CallSignal();
    this.#open.add(signal);
    if (isPoll) this.#metrics.countHeldPoll(1);
    exchange.whenOver(() => {
      if (isPoll) this.#metrics.countHeldPoll(-1);
      this.#open.delete(signal);
      signal.abort();
    });
    if (this.#isAborting) signal.abort();
    return signal;
  }

  /** Aborts all calls, and from now on each that is opened. */
  abort(): void {
    this.#isAborting = true;
    for (const signal of this.#open) signal.abort();
  }
}

/** The signal of a call that ends before its client can leave. */
const neverHeld: CallEnd = {
  aborted: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};

/**
 * Aborts one call. An AbortController costs ten times as much, because it creates an error with a stack trace for each
 * call that ends, and 10,000 calls may be held.
 */
class CallSignal implements CallEnd {
  aborted = false;
  #listeners: (() => void)[] = [];

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of [...this.#listeners]) listener();
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((kept) => kept !== listener);
  }
}
