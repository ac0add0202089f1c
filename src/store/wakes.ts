/**
 * Tells those who wait that a job may have become claimable. Only a hint: it is sent after the commit, may be lost
 * with the process, and whoever waits looks again after a while anyway.
 */
export interface Wakes {
  /** Wakes everybody who waits for one of these queues. */
  wake(queues: Iterable<string>): void;
  /** Wakes everybody: wake-ups may have been missed. */
  wakeAll(): void;
  /** Resolves at the next wake of `queue`, after `timeoutMs`, or when `signal` aborts, whichever is first. */
  wait(queue: string, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

/** Wake-ups within one process. */
export function createWakes(): Wakes {
  const waiters = new Map<string, Set<() => void>>();
  return {
    wake(queues) {
      for (const queue of queues) for (const wake of [...(waiters.get(queue) ?? [])]) wake();
    },
    wakeAll() {
      for (const waiting of [...waiters.values()]) for (const wake of [...waiting]) wake();
    },
    wait(queue, timeoutMs, signal) {
      return new Promise((resolve) => {
        const waiting = waiters.get(queue) ?? new Set();
        waiters.set(queue, waiting);
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiting.delete(end);
          if (waiting.size === 0 && waiters.get(queue) === waiting) waiters.delete(queue);
          resolve();
        };
        const timer = setTimeout(end, timeoutMs);
        waiting.add(end);
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
      });
    },
  };
}
