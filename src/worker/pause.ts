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

/** Delay before attempt `attempt` (0 is the first repetition): doubles from `firstMs` up to `mostMs`. */
export function backoffMs(attempt: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
}
