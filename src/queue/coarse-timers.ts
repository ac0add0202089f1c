/** How exactly the time is kept. */
export const tickMs = 100;

interface Due {
  listeners: Set<() => void>;
  timer: NodeJS.Timeout;
}

/**
 * Timers for many: what is due within the same tick is done together, a little late and never too early. Thousands of
 * polls that are answered at instants of their own cost twice what they cost in small crowds.
 */
export class Ticks {
  readonly #due = new Map<number, Due>();

  /** Calls `listener` after `waitMs`; answers the tick, to take it back by. */
  add(listener: () => void, waitMs: number): number {
    const at = performance.now();
    const tick = Math.ceil((at + waitMs) / tickMs);
    const due = this.#due.get(tick) ?? this.#open(tick, tick * tickMs - at);
    due.listeners.add(listener);
    return tick;
  }

  remove(listener: () => void, tick: number): void {
    const due = this.#due.get(tick);
    due?.listeners.delete(listener);
    if (due?.listeners.size !== 0) return;
    clearTimeout(due.timer);
    this.#due.delete(tick);
  }

  #open(tick: number, afterMs: number): Due {
    const listeners = new Set<() => void>();
    const pass = () => {
      this.#due.delete(tick);
      for (const listener of listeners) listener();
    };
    const due = { listeners, timer: setTimeout(pass, afterMs) };
    this.#due.set(tick, due);
    return due;
  }
}
