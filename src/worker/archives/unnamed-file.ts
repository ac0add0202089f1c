import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that has no name in any folder. */
export interface UnnamedFile {
  handle: FileHandle;
  /** By which others in this process can open it for as long as the work goes on. */
  path: string;
}

/**
 * Gives `work` a file whose name is removed before anything is written to it: however the process ends, the system takes
 * its space back, and no content stays in the clear.
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
