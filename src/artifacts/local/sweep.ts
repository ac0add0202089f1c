import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ObjectIndex } from '../../store/objects/object-index.ts';
import type { ObjectFiles } from './object-files.ts';

/** Files looked at in one call, so that a sweep never holds up a start for long. */
const maxFiles = 20_000;
/** Names kept of one pass; where there are more, there are too many anyway. */
const maxOrphans = 100_000;
/** What a killed process leaves is few, whatever share of a small installation it is. */
const alwaysAllowed = 16;
const fileName = /^[0-9a-f]{32}$/;

/** How long orphans wait before they are removed for good. */
const waitMs = 7 * 24 * 60 * 60 * 1000;

/** What a sweep works by. */
export interface SweepOptions {
  index: Pick<ObjectIndex, 'filesInUse'>;
  files: ObjectFiles;
  now: () => number;
  log: Logger;
  /** How many of the files one pass may set aside; more look like a database that is not theirs. */
  percent?: number;
  /** Whether the clock can be believed that the wait is over. */
  isClockSteady?: () => boolean;
}

/** What one pass over all files has found so far. */
interface Pass {
  nextFolder: string;
  files: number;
  orphans: string[];
}

/**
 * Makes a function that clears away what a killed process left behind: files in `incoming/` that nobody is writing, and
 * object files that no row names. Those are set aside for a week, and none is touched when they are more than a killed
 * process leaves. Each call goes on where the last one stopped, and answers whether the pass goes on.
 */
export function createSweep(options: SweepOptions): () => Promise<boolean> {
  const { index, files, now, log, percent = 10, isClockSteady = () => true } = options;
  let pass: Pass = { nextFolder: '', files: 0, orphans: [] };

  const findOrphans = async (names: string[]): Promise<string[]> => {
    // In this order: what is pending after the folder was read has a row by the time the index is asked, or is looked
    // at again in another sweep.
    const idle = names.filter((name) => fileName.test(name) && !files.isPending(name));
    const used = new Set(await index.filesInUse(idle));
    return idle.filter((name) => !used.has(name));
  };

  /** Looks at the next folders; true when there are more. */
  async function look(): Promise<boolean> {
    const folders = (await readdir(files.objectsFolder)).sort().filter((folder) => folder >= pass.nextFolder);
    let seen = 0;
    for (const folder of folders) {
      if (seen >= maxFiles) {
        pass.nextFolder = folder;
        return true;
      }
      const names = await readdir(join(files.objectsFolder, folder));
      seen += names.length;
      pass.files += names.length;
      pass.orphans.push(...(await findOrphans(names)).slice(0, maxOrphans - pass.orphans.length));
    }
    return false;
  }

  async function finish({ orphans, files: total }: Pass): Promise<void> {
    const allowed = Math.max(alwaysAllowed, Math.floor((total * percent) / 100));
    if (orphans.length > allowed) {
      log.error(
        { orphans: orphans.length, files: total, allowed },
        'so many object files have no row that none was set aside: is the database the one of these objects?',
      );
    } else if (orphans.length > 0) {
      // Once more, as the pass may have taken long.
      const still = await findOrphans(orphans);
      await files.setAside(still, now());
      log.info({ orphans: still.length, files: total }, 'object files without a row were set aside for a week');
    }
    if (!isClockSteady()) return;
    const removed = await files.removeOrphans(now() - waitMs, (names) => index.filesInUse(names));
    if (removed > 0) log.info({ removed }, 'object files that had no row for a week were removed');
  }

  return async () => {
    for (const name of await readdir(files.incomingFolder)) {
      if (fileName.test(name) && !files.isPending(name)) await rm(join(files.incomingFolder, name), { force: true });
    }
    if (await look()) return true;
    const done = pass;
    pass = { nextFolder: '', files: 0, orphans: [] };
    await finish(done);
    return false;
  };
}
