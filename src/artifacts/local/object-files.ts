import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemFailureOf } from '../../contract/system-failure.ts';
import { syncFolder } from '../../files/durable-file.ts';
import type { StoredFile } from '../../store/objects/object-index.ts';
import { type Chunks, freeMemory } from '../protocol/chunks.ts';
import { DamagedObjectError, S3Error, translateSystemFailure } from '../protocol/s3-error.ts';
import { createDataKey, encryptFrames, frameKeyOf } from './frame-cipher.ts';
import { folderMode, makeObjectFolders } from './object-folders.ts';
import { createOpenFile, type OpenFile } from './open-file.ts';
import { createOrphans, type Orphans } from './orphans.ts';
import { writeSynced } from './write-file.ts';

/** Seals the data keys of files. `context` names the file; a key opens only in the context it was sealed for. */
export interface KeySealer {
  seal(plain: string, context: string): string;
  /** Throws if the text was changed, or sealed with a key this server doesn't have. */
  open(sealed: string, context: string): string;
}

/** How the bytes of a file are stored. */
export type Protection = 'encrypted' | 'plain';

/**
 * The bytes of objects and parts, in files named by random ids, never by keys. A file is written in `incoming/`, moved
 * to `objects/<first two of its id>/` once it is complete and on disk, and only then gets a row. If the server is killed
 * in between, a sweep removes the file without a row.
 */
export interface ObjectFiles {
  /**
   * Writes a file durably, then calls `commit` to write its row. Removes the file if reading the bytes fails or the
   * commit throws an S3Error. A full disk becomes InsufficientStorage.
   */
  store<Result>(chunks: Chunks, protection: Protection, commit: (file: StoredFile) => Promise<Result>): Promise<Result>;
  /**
   * Opens the file of an object of `size` bytes. Returns undefined if it was removed; throws DamagedObjectError if it
   * is not what was written. An open file stays readable after its removal.
   */
  open(file: StoredFile & { size: number }): Promise<OpenFile | undefined>;
  /** Removes files that rows no longer refer to; never fails. */
  remove(fileIds: string[]): Promise<void>;
  /** Moves files that no row names to the orphans; opening one brings it back. */
  setAside(fileIds: string[], at: number): Promise<void>;
  /** Deletes orphans that still have no row. */
  removeOrphans: Orphans['expire'];
  /** Returns whether a file's row is still to be written. */
  isPending(fileId: string): boolean;
  incomingFolder: string;
  objectsFolder: string;
}

/** Opens the folder of the objects, creating it if necessary. */
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

  /** Assigns a file id and a key to the bytes, and returns them as they are written to disk. */
  function prepare(chunks: Chunks, protection: Protection) {
    const fileId = randomBytes(16).toString('hex');
    if (protection === 'plain') return { file: { fileId }, bytes: chunks };
    const dataKey = createDataKey();
    const sealedKey = keySealer.seal(dataKey.toString('base64'), contextOf(fileId));
    const bytes = encryptFrames(chunks, frameKeyOf(dataKey, fileId));
    return { file: { fileId, sealedKey }, bytes, onWritten: freeMemory };
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
      const { file, bytes, onWritten } = prepare(chunks, protection);
      const incoming = join(incomingFolder, file.fileId);
      const place = placeOf(file.fileId);
      pending.add(file.fileId);
      try {
        await writeSynced(incoming, bytes, onWritten);
        await keep(incoming, place);
      } catch (error) {
        await discard(incoming, place);
        pending.delete(file.fileId);
        throw translateSystemFailure(error);
      }
      try {
        return await commit(file);
      } catch (error) {
        // Any other error may have come after the commit, so only a sweep, which looks for the row, may remove the file.
        if (isRefused(error)) await discard(place);
        throw translateSystemFailure(error);
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
      // No row refers to them, so the sweep removes those that cannot be removed now.
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

/** Returns whether nothing can have been committed. */
function isRefused(error: unknown): boolean {
  return error instanceof S3Error || systemFailureOf(error)?.kind === 'full';
}

/** Removes files that never got a row; a sweep removes those that cannot be removed now. */
async function discard(...paths: string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true }).catch(() => undefined);
}

function contextOf(fileId: string): string {
  return `object file ${fileId}`;
}

/** Opens a file that a row names; if it was taken for an orphan, brings it back first. */
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
