/** Waits `durationMs` or until `signal` is aborted, whichever comes first; never rejects. */
export type Sleep = (durationMs: number, signal: AbortSignal) => Promise<void>;

/** The real `Sleep`; tests pass their own. Unlike node:timers/promises it creates no error for each aborted wait. */
export function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, durationMs);
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Returns the delay before attempt `attempt` (0 is the first retry): it doubles from `firstMs` up to `mostMs`, less a
 * random part of up to a half, so that the workers of a fleet don't all retry at the same instant.
 */
export function backoffMs(attempt: number, [firstMs, mostMs]: [number, number], random: () => number): number {
  const fullMs = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(fullMs * (1 - random() / 2));
}
