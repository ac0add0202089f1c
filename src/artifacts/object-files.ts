import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { S3Error } from './s3-error.ts';

/**
 * The bytes of objects and parts: files named by random ids, never by keys. A file comes into being in `incoming/`, is
 * moved to `objects/<first two of its id>/` once it is whole and on disk, and only then gets a row. Killed anywhere in
 * between, a server leaves a file without a row, which a sweep removes.
 */
export interface ObjectFiles {
  /**
   * Writes a file, makes it durable, then lets `commit` write its row. Nothing is left when the bytes end in an error
   * or the commit is refused with an S3Error.
   */
  store<Result>(chunks: AsyncIterable<Buffer>, commit: (fileId: string) => Promise<Result>): Promise<Result>;
  /** Opens a file for reading; undefined when it is gone. Removing it later does not disturb who has it open. */
  open(fileId: string): Promise<FileHandle | undefined>;
  /** Removes files that no row refers to any more; never fails. */
  remove(fileIds: string[]): Promise<void>;
  /** Whether a file is still on its way to its row. */
  isPending(fileId: string): boolean;
  incomingFolder: string;
  objectsFolder: string;
}

/** Only the user of this process reads artifacts: they may hold secrets. */
const fileMode = 0o600;
const folderMode = 0o700;

/** Opens the folder of the objects, making it if need be. */
export function openObjectFiles(folder: string): ObjectFiles {
  const incomingFolder = join(folder, 'incoming');
  const objectsFolder = join(folder, 'objects');
  for (const each of [incomingFolder, objectsFolder]) mkdirSync(each, { recursive: true, mode: folderMode });
  const pending = new Set<string>();
  const placeOf = (fileId: string) => join(objectsFolder, fileId.slice(0, 2), fileId);

  async function keep(incoming: string, place: string): Promise<void> {
    const firstMade = await mkdir(dirname(place), { recursive: true, mode: folderMode });
    if (firstMade !== undefined) await syncFolder(objectsFolder);
    await rename(incoming, place);
    await syncFolder(dirname(place));
  }

  return {
    async store(chunks, commit) {
      const fileId = randomBytes(16).toString('hex');
      const incoming = join(incomingFolder, fileId);
      const place = placeOf(fileId);
      pending.add(fileId);
      try {
        await writeDurably(incoming, chunks);
        await keep(incoming, place);
        return await commit(fileId).catch(async (error: unknown) => {
          // Any other failure may have come after the commit: the file stays until a sweep has looked for its row.
          if (error instanceof S3Error) await rm(place, { force: true });
          throw error;
        });
      } finally {
        await rm(incoming, { force: true });
        pending.delete(fileId);
      }
    },
    async open(fileId) {
      return open(placeOf(fileId), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
    },
    async remove(fileIds) {
      // Nobody refers to them any more: one that cannot be removed now is for the sweep, not for the caller.
      for (const fileId of fileIds) await rm(placeOf(fileId), { force: true }).catch(() => undefined);
    },
    isPending: (fileId) => pending.has(fileId),
    incomingFolder,
    objectsFolder,
  };
}

async function writeDurably(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(path, 'wx', fileMode);
  try {
    for await (const chunk of chunks) await writeWhole(handle, chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system may take less than it is offered. */
async function writeWhole(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let rest = chunk; rest.length > 0; ) {
    const { bytesWritten } = await handle.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
