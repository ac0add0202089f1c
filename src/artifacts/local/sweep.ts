import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ObjectIndex } from '../../store/objects/object-index.ts';
import type { ObjectFiles } from './object-files.ts';

/** Files checked per call, so that a sweep never delays a start for long. */
const maxFiles = 20_000;
/** Orphans remembered per pass; a larger number is too many to set aside anyway. */
const maxOrphans = 100_000;
/** Orphans allowed regardless of the percentage: in a small installation even the few of a killed process exceed it. */
const alwaysAllowed = 16;
const fileName = /^[0-9a-f]{32}$/;

/** How long orphans are kept before they are deleted. */
const waitMs = 7 * 24 * 60 * 60 * 1000;

export interface SweepOptions {
  index: Pick<ObjectIndex, 'filesInUse'>;
  files: ObjectFiles;
  now: () => number;
  log: Logger;
  /** Share of the files that one pass may set aside; more suggest that the database belongs to other files. */
  percent?: number;
  /** Returns whether the clock can be trusted to measure the wait. */
  isClockSteady?: () => boolean;
}

/** The progress of one pass over all files. */
interface Pass {
  nextFolder: string;
  files: number;
  orphans: string[];
}

/**
 * Creates a function that cleans up after a killed process: it removes files in `incoming/` that are not being written,
 * and sets object files without a row aside for a week, unless there are more of them than a killed process can leave.
 * Each call continues where the previous one stopped and returns whether the pass is incomplete.
 */
export function createSweep(options: SweepOptions): () => Promise<boolean> {
  const { index, files, now, log, percent = 10, isClockSteady = () => true } = options;
  let pass: Pass = { nextFolder: '', files: 0, orphans: [] };

  const findOrphans = async (names: string[]): Promise<string[]> => {
    // Check for pending files first: one that is no longer pending has its row by the time the index is read.
    const idle = names.filter((name) => fileName.test(name) && !files.isPending(name));
    const used = new Set(await index.filesInUse(idle));
    return idle.filter((name) => !used.has(name));
  };

  /** Scans the next folders; returns whether there are more. */
  async function scan(): Promise<boolean> {
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
        'so many object files have no row that none was set aside: does the database belong to these objects?',
      );
    } else if (orphans.length > 0) {
      // Check again, because the pass may have taken long.
      const confirmed = await findOrphans(orphans);
      await files.setAside(confirmed, now());
      log.info({ orphans: confirmed.length, files: total }, 'object files without a row were set aside for a week');
    }
    if (!isClockSteady()) return;
    const removed = await files.removeOrphans(now() - waitMs, (names) => index.filesInUse(names));
    if (removed > 0) log.info({ removed }, 'object files without a row for a week were removed');
  }

  return async () => {
    for (const name of await readdir(files.incomingFolder)) {
      if (fileName.test(name) && !files.isPending(name)) await rm(join(files.incomingFolder, name), { force: true });
    }
    if (await scan()) return true;
    const done = pass;
    pass = { nextFolder: '', files: 0, orphans: [] };
    await finish(done);
    return false;
  };
}
