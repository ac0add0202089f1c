import type { Logger } from 'pino';

/** A real year is not a leap; nobody corrects a running clock by more. */
const leapMs = 24 * 60 * 60 * 1000;
const hourMs = 60 * 60 * 1000;

/**
 * Makes a function that says whether the clock has gone as time has since the start of the process. One that was set a
 * day or more ahead makes everything look old: whatever removes what is old for good asks here first, and waits until
 * the clock is put right or the server starts again. `elapsed` only ever grows, also while the machine sleeps; both in ms.
 */
export function createClockGuard({
  now,
  elapsed,
  log,
}: {
  now: () => number;
  elapsed: () => number;
  log: Pick<Logger, 'error'>;
}): () => boolean {
  const start = now() - elapsed();
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    const leap = now() - elapsed() - start;
    if (Math.abs(leap) < leapMs) return true;
    if (elapsed() - toldAt >= hourMs) {
      toldAt = elapsed();
      log.error(
        { leapHours: Math.round(leap / hourMs) },
        'the clock was set by a day or more: nothing old is removed until it is right or the server starts again',
      );
    }
    return false;
  };
}
