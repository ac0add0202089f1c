import { setTimeout as pause } from 'node:timers/promises';
import { isLocked } from './failure.ts';

/** How long to wait for another program's lock, and how long between two attempts. */
const patienceMs = 5000;
const pauseMs = 10;

/**
 * Creates a function that retries while another program, such as a backup or a shell, holds the lock. SQLite's own busy
 * timeout would block the only thread. Exclusive locking mode would keep others out, but forbids the second connection
 * that reads need, and online backups. After a lock has lasted too long, each attempt fails at once until one succeeds.
 */
export function createLockPatience(): <T>(attempt: () => T | Promise<T>) => Promise<T> {
  let lockedSince: number | undefined;
  return async (attempt) => {
    for (;;) {
      try {
        const value = await attempt();
        lockedSince = undefined;
        return value;
      } catch (error) {
        if (!isLocked(error)) throw error;
        lockedSince ??= performance.now();
        if (performance.now() - lockedSince >= patienceMs) throw error;
        await pause(pauseMs);
      }
    }
  };
}
