import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderMode } from './object-folders.ts';

/**
 * Object files that no row names. Each batch is in a folder named by the time it was set aside (ms), so its age counts
 * while no server runs. Files come back if a row names them after all, for example when an older database was started
 * by mistake.
 */
export interface Orphans {
  /** Sets a stored file aside; does nothing if it no longer exists. */
  add(place: string, at: number): Promise<void>;
  /** Moves a file back to `place`; returns false if it is not an orphan. */
  bringBack(place: string): Promise<boolean>;
  /** Removes those set aside before `before` and returns how many; brings back those that `findUsed` names. */
  expire(before: number, findUsed: (fileIds: string[]) => Promise<string[]>): Promise<number>;
}

/** Opens the orphans in `folder`; `placeOf` returns where a stored file belongs. */
export function createOrphans(folder: string, placeOf: (fileId: string) => string): Orphans {
  const batches = async () => (await readdir(folder)).filter((name) => /^\d{1,16}$/.test(name));

  return {
    async add(place, at) {
      const batch = join(folder, String(at));
      await mkdir(batch, { recursive: true, mode: folderMode });
      await move(place, join(batch, nameOf(place)));
    },
    async bringBack(place) {
      for (const batch of await batches()) {
        if (await move(join(folder, batch, nameOf(place)), place)) return true;
      }
      return false;
    },
    async expire(before, findUsed) {
      let removed = 0;
      for (const batch of (await batches()).filter((name) => Number(name) < before)) {
        const fileIds = await readdir(join(folder, batch));
        const used = new Set(await findUsed(fileIds));
        for (const fileId of fileIds) {
          const path = join(folder, batch, fileId);
          if (used.has(fileId)) await move(path, placeOf(fileId));
          else await rm(path, { force: true });
        }
        removed += fileIds.length - used.size;
        await rmdir(join(folder, batch));
      }
      return removed;
    },
  };
}

function nameOf(place: string): string {
  return place.slice(dirname(place).length + 1);
}

async function move(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
