interface Deadline {
  at: number;
  pass(): void;
}

/**
 * Deadlines that are all equally far ahead, on one timer: nearly all are met within the same millisecond, and setting and
 * clearing a timer for each takes longer than reading the few bytes it guards.
 */
export class Deadlines {
  readonly #afterMs: number;
  /** The earliest first. */
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** Calls `pass` when the time is over, unless `meet` gets the returned deadline before. */
  set(pass: () => void): Deadline {
    const deadline = { at: performance.now() + this.#afterMs, pass };
    this.#open.add(deadline);
    // The connection of whatever is awaited keeps the process alive.
    this.#timer ??= setTimeout(() => this.#passDue(), this.#afterMs).unref();
    return deadline;
  }

  meet(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  #passDue(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const deadline of this.#open) {
      if (deadline.at > now) {
        this.#timer = setTimeout(() => this.#passDue(), Math.ceil(deadline.at - now)).unref();
        return;
      }
      this.#open.delete(deadline);
      deadline.pass();
    }
  }
}
