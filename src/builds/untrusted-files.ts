import { constants } from 'node:fs';
import { type FileHandle, open, realpath, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildFailure } from './build-result.ts';
import { isInside } from './match-files.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Replaces a file in a folder that commands can write. A link that they put there is never followed: it could name any
 * file of this machine. Throws BuildFailure.
 */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  try {
    await unlink(path).catch(ignoreMissing);
    await withFile(await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode), async (file) => {
      await file.writeFile(content);
      // The mask of this process may have taken bits away.
      await file.chmod(mode);
    });
  } catch (error) {
    throw new BuildFailure('CLIENT_ERROR', `${path} could not be written: ${textOf(error)}`);
  }
}

/** Reads a file that commands wrote, never what a link names. Throws BuildFailure, also for more than `maxBytes`. */
export async function readWritten(path: string, maxBytes: number): Promise<string> {
  const refuse = (reason: string) => new BuildFailure('CLIENT_ERROR', `${path} could not be read: ${reason}`);
  // Opening a pipe would wait for its writer.
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    throw refuse(textOf(error));
  });
  return withFile(file, async () => {
    const status = await file.stat();
    if (!status.isFile()) throw refuse('it is no file');
    if (status.size > maxBytes) throw refuse(`it has more than ${maxBytes} bytes`);
    return file.readFile('utf8');
  });
}

/**
 * Reads a file of the source by its path there; undefined if there is none. Throws BuildFailure for what is not in the
 * source, and for more than `maxBytes`.
 */
export async function readFromSource(source: string, name: string, maxBytes: number): Promise<string | undefined> {
  const path = await realpath(join(source, name)).catch(() => undefined);
  if (path === undefined) return undefined;
  if (!isInside(await realpath(source), path)) {
    throw new BuildFailure('YAML_FILE_ERROR', `${name} is outside of the source folder`);
  }
  return readWritten(path, maxBytes);
}

async function withFile<Result>(file: FileHandle, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
