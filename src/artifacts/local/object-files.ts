import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemFailureOf } from '../../contract/system-failure.ts';
import { syncFolder } from '../../files/durable-file.ts';
import type { StoredFile } from '../../store/objects/object-index.ts';
import { DamagedObjectError, S3Error, tellUnavailable } from '../protocol/s3-error.ts';
import { createDataKey, encryptFrames, frameKeyOf } from './frame-cipher.ts';
import { folderMode, makeObjectFolders } from './object-folders.ts';
import { createOpenFile, type OpenFile } from './open-file.ts';
import { createOrphans, type Orphans } from './orphans.ts';

/** Seals the data keys of files: `context` names the file, and only the same one opens what was sealed for it. */
export interface KeySealer {
  seal(plain: string, context: string): string;
  /** Throws when the text was changed, or sealed with a key this server does not have. */
  open(sealed: string, context: string): string;
}

/** Whether the bytes of a file are encrypted. */
export type Protection = 'encrypted' | 'plain';

/**
 * The bytes of objects and parts: files named by random ids, never by keys. A file comes into being in `incoming/`, is
 * moved to `objects/<first two of its id>/` once it is whole and on disk, and only then gets a row. Killed anywhere in
 * between, a server leaves a file without a row, which a sweep removes.
 */
export interface ObjectFiles {
  /**
   * Writes a file, makes it durable, then lets `commit` write its row. Nothing is left when the bytes end in an error
   * or the commit is refused with an S3Error; a lack of room is InsufficientStorage.
   */
  store<Result>(
    chunks: AsyncIterable<Buffer>,
    protection: Protection,
    commit: (file: StoredFile) => Promise<Result>,
  ): Promise<Result>;
  /**
   * Opens the file of an object of `size` bytes; undefined when it is gone, DamagedObjectError when it is not what was
   * written. Removing it later does not disturb who has it open.
   */
  open(file: StoredFile & { size: number }): Promise<OpenFile | undefined>;
  /** Removes files that no row refers to any more; never fails. */
  remove(fileIds: string[]): Promise<void>;
  /** Takes files that no row names out of the way; opening one of them brings it back. */
  setAside(fileIds: string[], at: number): Promise<void>;
  /** Removes for good what was set aside before, and is still without a row. */
  removeOrphans: Orphans['expire'];
  /** Whether a file is still on its way to its row. */
  isPending(fileId: string): boolean;
  incomingFolder: string;
  objectsFolder: string;
}

/** Only the user of this process reads artifacts: they may hold secrets. */
const fileMode = 0o600;

/** Opens the folder of the objects, making it if need be. */
export function openObjectFiles(folder: string, keySealer: KeySealer): ObjectFiles {
  const { incomingFolder, objectsFolder, orphansFolder } = makeObjectFolders(folder);
  const pending = new Set<string>();
  const placeOf = (fileId: string) => join(objectsFolder, fileId.slice(0, 2), fileId);
  const orphans = createOrphans(orphansFolder, placeOf);

  async function keep(incoming: string, place: string): Promise<void> {
    const firstMade = await mkdir(dirname(place), { recursive: true, mode: folderMode });
    if (firstMade !== undefined) await syncFolder(objectsFolder);
    await rename(incoming, place);
    await syncFolder(dirname(place));
  }

  /** A file of its own for these bytes: its id, its sealed key, and the bytes as they go to disk. */
  function prepare(chunks: AsyncIterable<Buffer>, protection: Protection) {
    const fileId = randomBytes(16).toString('hex');
    if (protection === 'plain') return { file: { fileId }, bytes: chunks };
    const dataKey = createDataKey();
    const sealedKey = keySealer.seal(dataKey.toString('base64'), contextOf(fileId));
    return { file: { fileId, sealedKey }, bytes: encryptFrames(chunks, frameKeyOf(dataKey, fileId)) };
  }

  function openKey({ fileId, sealedKey }: StoredFile) {
    if (sealedKey === undefined) return undefined;
    try {
      return frameKeyOf(Buffer.from(keySealer.open(sealedKey, contextOf(fileId)), 'base64'), fileId);
    } catch (error) {
      throw new DamagedObjectError(`the key of file ${fileId} cannot be opened`, error);
    }
  }

  return {
    async store(chunks, protection, commit) {
      const { file, bytes } = prepare(chunks, protection);
      const incoming = join(incomingFolder, file.fileId);
      const place = placeOf(file.fileId);
      pending.add(file.fileId);
      try {
        await writeDurably(incoming, bytes);
        await keep(incoming, place);
      } catch (error) {
        await discard(incoming, place);
        pending.delete(file.fileId);
        throw tellUnavailable(error);
      }
      try {
        return await commit(file);
      } catch (error) {
        // Any other failure may have come after the commit: the file stays until a sweep has looked for its row.
        if (isRefused(error)) await discard(place);
        throw tellUnavailable(error);
      } finally {
        pending.delete(file.fileId);
      }
    },
    async open({ size: sizeBytes, ...file }) {
      const key = openKey(file);
      const handle = await openOrBringBack(placeOf(file.fileId), orphans);
      if (!handle) return undefined;
      return createOpenFile(handle, { fileId: file.fileId, sizeBytes, key }).catch(async (error: unknown) => {
        await handle.close();
        throw error;
      });
    },
    async remove(fileIds) {
      // Nobody refers to them any more: one that cannot be removed now is for the sweep, not for the caller.
      for (const fileId of fileIds) await rm(placeOf(fileId), { force: true }).catch(() => undefined);
    },
    async setAside(fileIds, at) {
      for (const fileId of fileIds) await orphans.add(placeOf(fileId), at);
    },
    removeOrphans: orphans.expire,
    isPending: (fileId) => pending.has(fileId),
    incomingFolder,
    objectsFolder,
  };
}

/** Whether it is certain that nothing was committed. */
function isRefused(error: unknown): boolean {
  return error instanceof S3Error || systemFailureOf(error)?.kind === 'full';
}

/** Removes what never got a row. Where even that fails, a sweep tries again. */
async function discard(...paths: string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true }).catch(() => undefined);
}

function contextOf(fileId: string): string {
  return `object file ${fileId}`;
}

/** A row names it, so it is no orphan, whoever took it for one. */
async function openOrBringBack(place: string, orphans: Orphans): Promise<FileHandle | undefined> {
  const handle = await openIfPresent(place);
  if (handle) return handle;
  return (await orphans.bringBack(place)) ? openIfPresent(place) : undefined;
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function writeDurably(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(path, 'wx', fileMode);
  try {
    await writeBatches(handle, chunks);
    await handle.sync();
  } finally {
    // Waits for a write that is under way.
    await handle.close();
  }
}

/** Bytes written by one call: each wakes a thread, which costs more than the copying of a single chunk. */
const batchBytes = 512 * 1024;

/** Writes in batches; while one is on its way to the disk, the next one comes in. */
async function writeBatches(handle: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let batch: Buffer[] = [];
  let heldBytes = 0;
  const writeBatch = async (): Promise<void> => {
    await underWay;
    underWay = writeWhole(handle, batch, heldBytes);
    // Whoever awaits it next is told; until then it is no unhandled failure.
    underWay.catch(() => undefined);
    batch = [];
    heldBytes = 0;
  };
  for await (const chunk of chunks) {
    batch.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= batchBytes) await writeBatch();
  }
  await writeBatch();
  await underWay;
}

/** The system may take less than it is offered. */
async function writeWhole(handle: FileHandle, batch: Buffer[], byteCount: number): Promise<void> {
  if (byteCount === 0) return;
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten === byteCount) return;
  const rest = Buffer.concat(batch).subarray(bytesWritten);
  await writeWhole(handle, [rest], rest.length);
}
