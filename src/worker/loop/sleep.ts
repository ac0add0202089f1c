/** Waits `durationMs` or until `signal` is aborted, whichever comes first; never rejects. */
export type Pause = (durationMs: number, signal: AbortSignal) => Promise<void>;

/** The real `Pause`; tests hand in their own. */
export function pause(durationMs: number, signal: AbortSignal): Promise<void> {
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

/**
 * Delay before attempt `attempt` (0 is the first repetition): doubles from `firstMs` up to `mostMs`, less up to a half by
 * chance, so that the workers of a fleet do not all come back in the same instant. `random` as Math.random.
 */
export function backoffMs(attempt: number, [firstMs, mostMs]: [number, number], random: () => number): number {
  const fullMs = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(fullMs * (1 - random() / 2));
}
