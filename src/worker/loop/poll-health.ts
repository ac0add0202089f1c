import type { Log } from '../log.ts';

/** How long after a warning the next one follows while polls fail: doubled each time. */
const firstWarningMs = 30_000;
const longestWarningMs = 15 * 60_000;

/** Since when polls have failed, how often, and why. */
export interface PollTrouble {
  since: string;
  failures: number;
  reason: string;
}

/** What `PollHealth` needs. */
export interface PollHealthOptions {
  log: Log;
  now: () => number;
  /** Explains an error and what to do; undefined for unknown errors. */
  explain?: (error: unknown) => string | undefined;
}

/** Counts failing polls and warns about them: immediately, then less and less often. */
export class PollHealth {
  private readonly options: PollHealthOptions;
  private hasPolled = false;
  private failures = 0;
  private failingSince = 0;
  private reason = '';
  private warnedAt = 0;
  private warningMs = 0;

  constructor(options: PollHealthOptions) {
    this.options = options;
  }

  /** Returns how many polls have failed since the last success. */
  get failuresInARow(): number {
    return this.failures;
  }

  /** Returns what is wrong now; undefined while polls succeed. */
  trouble(): PollTrouble | undefined {
    const { failures, failingSince, reason } = this;
    return failures === 0 ? undefined : { since: new Date(failingSince).toISOString(), failures, reason };
  }

  /** Returns whether every poll so far has failed. */
  isCutOff(): boolean {
    return !this.hasPolled && this.failures > 0;
  }

  succeeded(): void {
    const { log, now } = this.options;
    if (this.failures > 0) {
      const seconds = Math.round((now() - this.failingSince) / 1000);
      log.info({ failures: this.failures, seconds }, 'polling works again');
    }
    this.hasPolled = true;
    this.failures = 0;
  }

  failed(error: unknown): void {
    const { explain, log, now } = this.options;
    const at = now();
    if (this.failures === 0) this.failingSince = at;
    this.failures += 1;
    const explanation = explain?.(error);
    const message = error instanceof Error ? error.message || error.name : String(error);
    const reason = explanation ?? message;
    const isNew = this.failures === 1 || reason !== this.reason;
    this.reason = reason;
    if (!isNew && at - this.warnedAt < this.warningMs) return;
    this.warningMs = isNew ? firstWarningMs : Math.min(2 * this.warningMs, longestWarningMs);
    this.warnedAt = at;
    // The stack of an explained error does not help to fix it.
    const what = explanation === undefined ? { err: error } : { error: message };
    const { failures, since } = { failures: this.failures, since: new Date(this.failingSince).toISOString() };
    log.warn({ failures, since, ...what }, `polling fails: ${reason}`);
  }
}
