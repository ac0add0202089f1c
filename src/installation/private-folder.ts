import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';

/** Mode bits of all other users, and those of them that a file of secrets mounted for a group may not have. */
const othersBits = 0o077;
const foreignBits = 0o027;
const stickyBit = 0o1000;

/** The names in a data folder; any other name shows that the folder is used for something else too. */
const ours =
  /^(millrace\.sqlite|lock\.|master-keys\.json|aws-credentials|server\.json|objects$|git$|folder-id|installation-id|moved-to-database|set-aside-|scratch$|lost\+found$)/;

/**
 * Creates a data folder that only its owner can read, and sets the umask so that this applies to all files of this
 * process. An existing folder that is open to others is closed, with its files, or rejected if that is impossible: it
 * contains job logs, policies and webhook URLs.
 */
export async function makePrivate(folder: string, log: Logger): Promise<void> {
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
 * Creates a folder and its missing parents one by one: Node.js's recursive mkdir never returns if the system reports
 * ENOENT although the parent exists, as Linux does in `/proc`.
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

/** Throws for a folder such as `/tmp` or a home, which must not be closed to others. */
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
      `${path} is open to other users (mode ${shown(mode)}) and is owned by a different user than this process, which therefore cannot close it. Change its owner or its mode, or name another folder with --data.`,
      { cause: error },
    );
  }
}

/** Throws if all users can read, or a group can write, a file of secrets that is managed outside the data folder. */
export async function requirePrivate(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found || (found.mode & foreignBits) === 0) return;
  throw new Error(
    `The file ${file} is open to other users (mode ${shown(found.mode)}), and anyone who has it can read all secrets. Run: chmod 600 ${file}`,
  );
}

function shown(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
