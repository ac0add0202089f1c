import { statfsSync, statSync, truncateSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Enough for the log of a commit that removes a thousand objects. */
const reserveBytes = 4 * 1024 * 1024;
/** Used if there is less space: enough for small deletions, each of which frees space for the next. */
const smallerBytes = [reserveBytes / 2, reserveBytes / 4, reserveBytes / 8];
/** How long to wait before trying a full disk again. */
const retryMs = 1000;

/** Space reserved on the database's disk, so that rows can be deleted when the disk is full. */
export interface Reserve {
  /** Whether the space is reserved; true until it is first requested. */
  isHeld(): boolean;
  /** Reserves the space; false if there is none. Tries at most once a second. */
  hold(): Promise<boolean>;
  /** Releases the space for the next write; false if it was not reserved. */
  release(): boolean;
}

/** Creates the reserve in `file`, and takes over what an earlier process left there. */
export function createReserve(file: string): Reserve {
  let state: 'untouched' | 'held' | 'released' = 'untouched';
  let holding: Promise<boolean> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  async function take(): Promise<boolean> {
    if (sizeOf(file) >= reserveBytes || (await allocateMost(file))) {
      state = 'held';
      return true;
    }
    failedAt = performance.now();
    state = 'released';
    return false;
  }

  return {
    isHeld: () => state !== 'released',
    async hold() {
      if (state === 'held') return true;
      if (performance.now() - failedAt < retryMs) return false;
      holding ??= take().finally(() => {
        holding = undefined;
      });
      return holding;
    },
    release() {
      if (sizeOf(file) === 0) return false;
      state = 'released';
      truncateSync(file, 0);
      return true;
    },
  };
}

/** Releases an earlier process's reserve if the disk is almost full, so that a server can start. */
export function openOnFullDisk(file: string): void {
  if (sizeOf(file) === 0) return;
  const { bavail, bsize } = statfsSync(dirname(file));
  if (bavail * bsize < reserveBytes) truncateSync(file, 0);
}

async function allocateMost(file: string): Promise<boolean> {
  for (const bytes of [reserveBytes, ...smallerBytes]) {
    try {
      await allocate(file, bytes);
      return true;
    } catch {
      await truncate(file, 0).catch(() => undefined);
    }
  }
  return false;
}

async function allocate(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    // Written, not truncated to that length: a sparse file takes no space.
    await handle.write(Buffer.alloc(bytes), 0, bytes, 0);
    await handle.sync();
    if (sizeOf(file) < bytes) throw new Error('the disk stored less than was written');
  } finally {
    await handle.close();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
