import { mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const keptName = 'kept';

/** Creates the folder of a run, and removes those of runs of this user that were killed; kept ones stay. */
export async function createRunFolder({ isKept }: { isKept: boolean }): Promise<string> {
  const root = await realpath(tmpdir());
  for (const name of await readdir(root)) await removeLeftover(root, name);
  const folder = await mkdtemp(join(root, `millrace-run-${process.pid}-`));
  if (isKept) await writeFile(join(folder, keptName), '');
  return folder;
}

/** Removes the folder of a run. */
export function removeRunFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function removeLeftover(root: string, name: string): Promise<void> {
  const [, pid] = /^millrace-run-(\d+)-/.exec(name) ?? [];
  if (pid === undefined || isRunning(Number(pid))) return;
  const folder = join(root, name);
  const found = await stat(folder).catch(() => undefined);
  const { uid } = userInfo();
  if (!found?.isDirectory() || (uid >= 0 && found.uid !== uid)) return;
  if (!(await stat(join(folder, keptName)).catch(() => undefined))) await removeRunFolder(folder);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
