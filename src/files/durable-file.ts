import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a small file (mode 0600). After a kill, a full disk or a power cut it holds the old text or the new one, and
 * only the new one once this has returned.
 */
export function writeDurably(file: string, text: string): void {
  publish(file, text, (draft) => renameSync(draft, file));
}

/** Creates a small file as `writeDurably` does, unless another process creates it first: then that one stays. */
export function createDurably(file: string, text: string): void {
  publish(file, text, (draft) => {
    try {
      linkSync(draft, file);
    } catch (error) {
      // Some file systems have no hard links; there the rename is as atomic, but would replace a rival's file.
      if (!hasCode(error, 'EEXIST')) renameSync(draft, file);
    }
  });
}

/** Removes a file, if it exists, so that it does not come back after a power cut. */
export function removeDurably(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  syncFolderSync(dirname(file));
}

/** Returns the text of a file; undefined if it does not exist. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Syncs a folder. A name is an entry of its folder, so syncing the file alone doesn't make it durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Does the same as `syncFolder`, synchronously. */
export function syncFolderSync(folder: string): void {
  synced(openSync(folder, 'r'), () => undefined);
}

function publish(file: string, text: string, place: (draft: string) => void): void {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    synced(openSync(draft, 'wx', 0o600), (descriptor) => writeFileSync(descriptor, text));
    place(draft);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolderSync(dirname(file));
}

function synced(descriptor: number, work: (descriptor: number) => void): void {
  try {
    work(descriptor);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
