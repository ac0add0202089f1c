import { statfsSync, statSync, truncateSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Enough for the log of a commit that removes a thousand objects. */
const reserveBytes = 4 * 1024 * 1024;
/** What is kept back where there is less: enough for small deletions, each of which makes room for the next. */
const smallerBytes = [reserveBytes / 2, reserveBytes / 4, reserveBytes / 8];
/** A disk that is full is not tried again before this. */
const retryMs = 1000;

/** Space on the disk of the database that is kept back, so that a full disk can be emptied. */
export interface Reserve {
  /** Whether the space is kept back; true before it was first asked for. */
  isHeld(): boolean;
  /** Takes the space; false when there is none. Tries once a second at most. */
  hold(): Promise<boolean>;
  /** Gives the space to whoever writes next; false when it was not held. */
  release(): boolean;
}

/** Makes the reserve over `file`. What an earlier process left there counts. */
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

/** Gives back what an earlier process kept where the disk is as good as full, so that a server can start on it. */
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
    // Written, not truncated to that length: a hole takes no space.
    await handle.write(Buffer.alloc(bytes), 0, bytes, 0);
    await handle.sync();
    if (sizeOf(file) < bytes) throw new Error('the disk took less than it was given');
  } finally {
    await handle.close();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
