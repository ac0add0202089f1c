import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';

/** What any other user may do, and what the group may do besides. */
const othersBits = 0o077;
const foreignBits = 0o027;
const stickyBit = 0o1000;

/** What a data folder may have in it and still be nothing but one. */
const ours =
  /^(millrace\.sqlite|lock\.|master-keys\.json|aws-credentials|server\.json|objects$|folder-id|installation-id|moved-to-database|set-aside-|scratch$|lost\+found$)/;

/**
 * Makes a data folder that only its owner can look into, and everything this process makes from here on, whatever its
 * umask was. One that was open to others is closed, with the files in it; where that cannot be, it is refused: job logs,
 * policies and webhook URLs are in it.
 */
export async function keepPrivate(folder: string, log: Logger): Promise<void> {
  process.umask(othersBits);
  await makeFolder(resolve(folder));
  const { mode } = await stat(folder);
  if ((mode & othersBits) !== 0) {
    await requireNothingElse(folder, mode);
    await closeToOthers(folder);
    log.warn({ data: folder, mode: shown(mode) }, 'the data folder was open to other users and was closed to them');
  }
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.isFile() && ours.test(name) && (found.mode & othersBits) !== 0) await closeToOthers(path);
  }
}

/**
 * Makes a folder and the missing ones above it, one by one: the recursive call of Node.js never returns where a system
 * answers ENOENT for a folder that exists, as Linux does in `/proc`.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const parent = dirname(folder);
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory()) return;
    if (found) throw new Error(`The data folder ${folder} is a file. Name a folder with --data.`, { cause: error });
    if (code === 'ENOENT' && !(await stat(parent).catch(() => undefined))) {
      await makeFolder(parent);
      return makeFolder(folder);
    }
    throw new Error(
      `The data folder ${folder} can't be made: ${reasons[code ?? ''] ?? message}. Name another with --data.`,
      {
        cause: error,
      },
    );
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'the system keeps no folders there',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** A folder such as `/tmp` or a home is not ours to close. */
async function requireNothingElse(folder: string, mode: number): Promise<void> {
  const foreign = (await readdir(folder)).filter((name) => !ours.test(name));
  if (foreign.length === 0 && (mode & stickyBit) === 0) return;
  throw new Error(
    `The folder ${folder} is open to other users (mode ${shown(mode)}) and is not Millrace's alone${foreign[0] === undefined ? '' : `: ${foreign[0]} is in it`}. Name a folder of its own with --data, such as one in it.`,
  );
}

async function closeToOthers(path: string): Promise<void> {
  const { mode } = await stat(path);
  try {
    await chmod(path, mode & 0o7700);
  } catch (error) {
    throw new Error(
      `${path} is open to other users (mode ${shown(mode)}) and does not belong to the user of this process, who so cannot close it. Change its owner or its mode, or name another folder with --data.`,
      { cause: error },
    );
  }
}

/** Throws when a file with secrets, which is kept by others, may be read by everybody or changed by a group. */
export async function requirePrivate(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found || (found.mode & foreignBits) === 0) return;
  throw new Error(
    `The file ${file} is open to other users (mode ${shown(found.mode)}), and whoever has it can read all secrets. Run: chmod 600 ${file}`,
  );
}

function shown(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
