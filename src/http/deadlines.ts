interface Deadline {
  at: number;
  pass(): void;
}

/**
 * Deadlines that all lie equally far ahead, on one timer instead of one for each: nearly all of them are met within
 * the same millisecond, and setting and clearing a timer takes longer than reading the few bytes it watches over.
 */
export class Deadlines {
  readonly #afterMs: number;
  /** In the order in which they come. */
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** Calls `pass` when the time is over, unless what comes back is given to `meet` before. */
  set(pass: () => void): Deadline {
    const deadline = { at: performance.now() + this.#afterMs, pass };
    this.#open.add(deadline);
    // It keeps no process alive: as long as something is awaited, its connection does.
    this.#timer ??= setTimeout(() => this.#look(), this.#afterMs).unref();
    return deadline;
  }

  meet(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const deadline of this.#open) {
      if (deadline.at > now) {
        this.#timer = setTimeout(() => this.#look(), Math.ceil(deadline.at - now)).unref();
        return;
      }
      this.#open.delete(deadline);
      deadline.pass();
    }
  }
}
