import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../builds/remove-tree.ts';
import type { Log } from '../worker/log.ts';
import { buildMarkFile } from './build-folders.ts';

/** Where a runner keeps its builds, and what it does with those of a killed one. */
interface WorkFolderParts {
  /** Ends what still runs with the mark of a build. */
  endLeftovers(mark: string): Promise<void>;
  log: Log;
}

/** Names of folders of runners: the process, and when it was started. */
const runnerFolder = /^(\d+)-(\d+)$/;

/**
 * Makes the folder of this process below `root`, and removes those of processes that have ended, with everything that their
 * builds left. Throws if `root` is of another user, who could put links there.
 */
export async function openWorkFolder(root: string, { endLeftovers, log }: WorkFolderParts): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const { uid, mode } = await stat(root);
  const own = process.getuid?.();
  if (own !== undefined && (uid !== own || (mode & 0o022) !== 0)) {
    throw new Error(`The folder ${root} can be written by other users: choose another one with --work-folder.`);
  }
  for (const name of await readdir(root)) {
    const [, pid, startedAt] = runnerFolder.exec(name) ?? [];
    if (pid === undefined || (await startOf(Number(pid))) === startedAt) continue;
    await removeRunner(join(root, name), { endLeftovers, log });
  }
  const folder = join(root, `${process.pid}-${(await startOf(process.pid)) ?? '0'}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function removeRunner(folder: string, { endLeftovers, log }: WorkFolderParts): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const mark = await readFile(join(folder, name, buildMarkFile), 'utf8').catch(() => undefined);
      if (mark === undefined) continue;
      log.warn({ build: mark }, 'a runner was killed during this build; what it left is removed');
      await endLeftovers(mark);
    }
    await removeTree(folder);
  } catch (error) {
    log.warn({ folder, err: error }, 'what a killed runner left could not be removed; the next start tries again');
  }
}

/** Returns when a process was started, in ticks since the boot of the machine; undefined if there is none, or no /proc. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program, in parentheses, may have spaces.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
