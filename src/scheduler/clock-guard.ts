import type { Logger } from 'pino';

/** A larger jump is an error: nobody corrects a running clock by this much. */
const jumpMs = 24 * 60 * 60 * 1000;
const hourMs = 60 * 60 * 1000;

/**
 * Returns a function that reports whether the clock has kept pace with `elapsed` since the process started. If the clock
 * was set ahead, everything looks old: code that removes old data checks this first, and waits until the clock is
 * corrected or the server restarts. `elapsed` only grows, even while the machine sleeps; both are in ms.
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
  let loggedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const jump = now() - elapsed() - start;
    if (Math.abs(jump) < jumpMs) return true;
    if (elapsed() - loggedAt >= hourMs) {
      loggedAt = elapsed();
      log.error(
        { leapHours: Math.round(jump / hourMs) },
        'the clock jumped by a day or more: nothing old is removed until it is corrected or the server restarts',
      );
    }
    return false;
  };
}
