import type { CallEnd } from '../model/call-end.ts';

/**
 * Aborts a call that nobody waits for any more. An AbortController costs ten times as much, because it creates an error
 * with a stack trace for each call that ends, and 10,000 calls may be held.
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
