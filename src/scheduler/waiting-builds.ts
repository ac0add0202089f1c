import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';

/** How long builds wait while no runner has one before the log warns, and when it warns again. */
const warnAfterMs = 60 * 1000;
const warnAgainMs = 60 * 60 * 1000;

/**
 * Creates the round of a loop that warns of builds that wait while no runner has any: none is running, or none takes their
 * cage. A round returns when the next one is due.
 */
export function createUnclaimedWarning(
  { builds }: Pick<Store, 'builds'>,
  log: Logger,
): (at: number) => Promise<number> {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return async (at) => {
    const { waiting, running, oldestAt = at } = await builds.count(at);
    const isStuck = waiting > 0 && running === 0 && at - oldestAt >= warnAfterMs;
    if (!isStuck) warnedAt = Number.NEGATIVE_INFINITY;
    else if (at - warnedAt >= warnAgainMs) {
      warnedAt = at;
      const waitedMinutes = Math.floor((at - oldestAt) / 60_000);
      log.warn(
        { builds: waiting, waitedMinutes },
        'builds are waiting but no runner claims them; start millrace runner',
      );
    }
    return at + warnAfterMs;
  };
}
