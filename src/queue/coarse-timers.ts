/** The precision of the timers. */
export const tickMs = 100;

interface Tick {
  listeners: Set<() => void>;
  timer: NodeJS.Timeout;
}

/**
 * Timers whose listeners run together, once per tick: never early, up to a tick late. Thousands of polls that end one
 * by one cost twice as much as those that end in groups.
 */
export class CoarseTimers {
  readonly #ticks = new Map<number, Tick>();

  /** Calls `listener` after `waitMs`; returns the tick to remove it by. */
  add(listener: () => void, waitMs: number): number {
    const at = performance.now();
    const number = Math.ceil((at + waitMs) / tickMs);
    const tick = this.#ticks.get(number) ?? this.#schedule(number, number * tickMs - at);
    tick.listeners.add(listener);
    return number;
  }

  remove(listener: () => void, number: number): void {
    const tick = this.#ticks.get(number);
    tick?.listeners.delete(listener);
    if (tick?.listeners.size !== 0) return;
    clearTimeout(tick.timer);
    this.#ticks.delete(number);
  }

  #schedule(number: number, afterMs: number): Tick {
    const listeners = new Set<() => void>();
    const run = () => {
      this.#ticks.delete(number);
      for (const listener of listeners) listener();
    };
    const tick = { listeners, timer: setTimeout(run, afterMs) };
    this.#ticks.set(number, tick);
    return tick;
  }
}
