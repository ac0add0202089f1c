import type { Logger } from 'pino';
import { createLoop, type Loop } from '../scheduler/loop.ts';
import { fileIdentity } from '../store/sqlite/driver.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

/** How often the folder is checked. */
const intervalMs = 2000;

/** The folder and files to watch. */
export interface WatchedFolder {
  data: string;
  lock: FolderLock;
  /** Files that must not be replaced. */
  files: string[];
  now: () => number;
  log: Logger;
  /** Called once, when this process has lost the folder and must not write to it any more. */
  onLost(reason: string): void;
}

/**
 * Creates the loop that detects when files of the data folder are removed or replaced while the server runs, since its
 * writes would go to unlinked files. A removed lock is taken again, unless another server has taken it.
 */
export function watchFolder({ data, files, now, log, onLost, ...given }: WatchedFolder): Loop & { lock(): FolderLock } {
  const opened = files.map((file) => ({ file, identity: fileIdentity(file) }));
  let { lock } = given;
  let isLost = false;

  const lose = (reason: string): void => {
    isLost = true;
    log.fatal({ data }, reason);
    onLost(reason);
  };
  const lockAgain = async (): Promise<void> => {
    try {
      lock = await lockFolder(data);
      log.error({ data }, 'the lock of the data folder was removed while the server ran; it was taken again');
    } catch (error) {
      lose(`The lock of the data folder is lost: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const loop = createLoop({
    name: 'data folder',
    async runOnce() {
      if (isLost) return undefined;
      const gone = opened.find(({ file, identity }) => fileIdentity(file) !== identity);
      if (gone) lose(`${gone.file} was removed or replaced while the server ran. It does not contain later changes.`);
      else if (!lock.isInPlace()) await lockAgain();
      return undefined;
    },
    now,
    longestSleepMs: intervalMs,
    log,
  });
  return { ...loop, lock: () => lock };
}
