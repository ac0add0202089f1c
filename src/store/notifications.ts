/**
 * Wakes waiting calls: a job may have become claimable, a log has grown, the catalogue has changed. Only a hint: it is
 * sent after the commit and may be lost with the process, so waiting calls also check again after a while.
 */
export interface Notifications {
  /** Notifies of these names: `keyName` of a queued job, `logWake` of a log, `catalogueWake`. */
  wake(names: Iterable<string>): void;
  /** Notifies of every name, after an unknown number of notifications was lost; caches have to be cleared. */
  wakeAll(): void;
  /** Resolves at the next notification of `name`, after `timeoutMs`, or when `signal` aborts. */
  wait(name: string, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Calls `listener` at every notification from now on, before waiting calls continue; without a name it is about all
   * names. Listeners run in the order of their registration, so register a cache before what reads through it.
   */
  onWake(listener: (name: string | undefined) => void): void;
}

/** Notifications within the process. */
export function createNotifications(): Notifications {
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
