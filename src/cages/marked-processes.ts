import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The variable that every process of a build has in its environment. */
export const buildMark = 'MILLRACE_BUILD';

const pollMs = 50;

/** How often processes that start others while they are killed are looked for. */
const maxRounds = 100;

/**
 * Returns the processes that have a build's mark, or one that begins with it and a slash, whatever group or session they
 * belong to. Needs `/proc`.
 */
export async function findMarked(mark: string): Promise<number[]> {
  const own = `${buildMark}=${mark}`;
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    names.map(async (name) => {
      // Processes of other users, and those that have ended, can't be read.
      const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
      const isOfBuild = environment.split('\0').some((variable) => variable === own || variable.startsWith(`${own}/`));
      return isOfBuild ? [Number(name)] : [];
    }),
  );
  return found.flat();
}

/** Counts the threads of this user. */
export async function countThreads(): Promise<number> {
  const user = process.getuid?.();
  const counts = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
        const isOwn = Number(/^Uid:\s*(\d+)/m.exec(status)?.[1]) === user;
        return isOwn ? Number(/^Threads:\s*(\d+)/m.exec(status)?.[1] ?? 1) : 0;
      }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Ends the processes that have a build's mark: SIGTERM, and SIGKILL for those left after `graceMs`. */
export async function endMarked(mark: string, graceMs: number): Promise<void> {
  const asked = new Set<number>();
  const killAt = performance.now() + graceMs;
  while (performance.now() < killAt) {
    const left = await findMarked(mark);
    if (left.length === 0) return;
    // Those that were started since the last look have not been asked.
    signalAll(
      left.filter((id) => !asked.has(id)),
      'SIGTERM',
    );
    for (const id of left) asked.add(id);
    await sleep(pollMs);
  }
  for (let round = 0; round < maxRounds; round += 1) {
    const left = await findMarked(mark);
    if (left.length === 0) return;
    signalAll(left, 'SIGKILL');
    await sleep(round === 0 ? 0 : pollMs);
  }
}

function signalAll(processes: number[], signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const id of processes) {
    try {
      process.kill(id, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
