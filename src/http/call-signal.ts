import type { CallEnd } from '../model/call-end.ts';

/**
 * Tells a call that nobody waits for its answer any more. An AbortController does the same for ten times the cost: it
 * makes an error with a stack trace for each call that ends, and 10,000 of them are held at a time.
 */
export class CallSignal implements CallEnd {
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
