import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectIndex } from '../store/object-index.ts';
import type { ObjectFiles } from './object-files.ts';

/** Files looked at in one call, so that a sweep never holds up a start for long. */
const maxFiles = 20_000;
const fileName = /^[0-9a-f]{32}$/;

/**
 * Makes a function that removes what a killed process left behind: files in `incoming/` that nobody is writing and
 * object files that no row names. Each call goes on where the last one stopped.
 */
export function createSweep(index: ObjectIndex, files: ObjectFiles): () => Promise<void> {
  let nextFolder = '';

  async function sweepObjects(): Promise<void> {
    const folders = (await readdir(files.objectsFolder)).sort();
    const rest = folders.filter((folder) => folder >= nextFolder);
    nextFolder = '';
    let seen = 0;
    for (const folder of rest) {
      if (seen >= maxFiles) {
        nextFolder = folder;
        return;
      }
      const names = await readdir(join(files.objectsFolder, folder));
      seen += names.length;
      // In this order: what is pending after the folder was read has a row by the time the index is asked, or is looked
      // at again in another sweep.
      const idle = names.filter((name) => fileName.test(name) && !files.isPending(name));
      const used = new Set(await index.filesInUse(idle));
      await files.remove(idle.filter((name) => !used.has(name)));
    }
  }

  return async () => {
    for (const name of await readdir(files.incomingFolder)) {
      if (fileName.test(name) && !files.isPending(name)) await rm(join(files.incomingFolder, name), { force: true });
    }
    await sweepObjects();
  };
}
