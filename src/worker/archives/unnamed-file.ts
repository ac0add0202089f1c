import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that has no name in any folder. */
export interface UnnamedFile {
  handle: FileHandle;
  /** Opens the file from elsewhere in this process while the work runs. */
  path: string;
}

/**
 * Passes `work` a file that is unlinked before anything is written: however the process ends, the system reclaims its
 * space, and no content stays in clear.
 */
export async function withUnnamedFile<T>(work: (file: UnnamedFile) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-unnamed-'));
  let handle: FileHandle;
  try {
    handle = await open(join(folder, 'file'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  try {
    return await work({ handle, path: `/dev/fd/${handle.fd}` });
  } finally {
    await handle.close();
  }
}
