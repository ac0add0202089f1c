import { setTimeout as pause } from 'node:timers/promises';
import { isLocked } from './failure.ts';

/** How long a lock of another program is waited for, and between two looks. */
const patienceMs = 5000;
const pauseMs = 10;

/**
 * Makes a function that tries again while another program has the database locked, as a backup or a shell may. SQLite's
 * own busy timeout would wait in the only thread there is; here every other request goes on meanwhile. Exclusive
 * locking mode would keep others out, but forbids the second connection that reads need, and online backups too.
 * Once a lock has outlasted the patience each try fails at once, until one succeeds.
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
