import type { Logger } from 'pino';
import { createLoop, type Loop } from '../scheduler/loop.ts';
import { fileIdentity } from '../store/sqlite/file-identity.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

/** How long a folder may be taken away before it is noticed. */
const intervalMs = 2000;

/** What is watched. */
export interface WatchedFolder {
  data: string;
  lock: FolderLock;
  /** Files that must stay the ones that were opened. */
  files: string[];
  now: () => number;
  log: Logger;
  /** Called once, when the folder is not this process's any more: nothing may be written from then on. */
  onLost(reason: string): void;
}

/**
 * Makes the loop that notices when files of the data folder are removed or replaced under the running server, whose
 * writes would go on into files without a name. A lock that was removed is taken again, unless another server was first.
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
      if (gone) lose(`${gone.file} was removed or replaced while the server ran. What came since is not in it.`);
      else if (!lock.isInPlace()) await lockAgain();
      return undefined;
    },
    now,
    longestSleepMs: intervalMs,
    log,
  });
  return { ...loop, lock: () => lock };
}
