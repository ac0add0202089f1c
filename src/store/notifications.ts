/**
 * Tells those who wait that a job may have become claimable. Only a hint: it is sent after the commit, may be lost
 * with the process, and whoever waits looks again after a while anyway.
 */
export interface Wakes {
  /** Tells of these names: `keyName` of a job that was queued, `logWake` of a log that has grown, `catalogueWake`. */
  wake(names: Iterable<string>): void;
  /** Tells of every name, when it is not known what has been missed: all that is remembered is to be forgotten. */
  wakeAll(): void;
  /** Resolves at the next wake of `name`, after `timeoutMs`, or when `signal` aborts, whichever is first. */
  wait(name: string, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Calls `listener` at every wake from now on, before anybody who waits goes on; without a name it is of all names.
   * Listeners are called in the order in which they came, so who remembers comes before who looks again.
   */
  onWake(listener: (name: string | undefined) => void): void;
}

/** Wake-ups within one process. */
export function createWakes(): Wakes {
  const waiters = new Map<string, Set<() => void>>();
  const listeners: ((name: string | undefined) => void)[] = [];
  const wakeWaiters = (waiting: Iterable<() => void>) => {
    for (const wake of [...waiting]) wake();
  };
  return {
    wake(names) {
      for (const name of names) {
        for (const listener of listeners) listener(name);
        wakeWaiters(waiters.get(name) ?? []);
      }
    },
    wakeAll() {
      for (const listener of listeners) listener(undefined);
      for (const waiting of [...waiters.values()]) wakeWaiters(waiting);
    },
    wait(name, timeoutMs, signal) {
      return new Promise((resolve) => {
        const waiting = waiters.get(name) ?? new Set();
        waiters.set(name, waiting);
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiting.delete(end);
          if (waiting.size === 0 && waiters.get(name) === waiting) waiters.delete(name);
          resolve();
        };
        const timer = setTimeout(end, timeoutMs);
        waiting.add(end);
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
      });
    },
    onWake: (listener) => void listeners.push(listener),
  };
}
