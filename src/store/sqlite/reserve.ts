import { closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';

/** Enough for the log of a commit that removes a thousand objects. */
const reserveBytes = 4 * 1024 * 1024;
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
    if (sizeOf(file) < reserveBytes) {
      try {
        await allocate(file);
      } catch {
        failedAt = performance.now();
        await truncate(file, 0).catch(() => undefined);
        state = 'released';
        return false;
      }
    }
    state = 'held';
    return true;
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

/** Gives back at once what an earlier process kept, so that a server can start on a full disk. */
export function emptyReserve(file: string): void {
  if (sizeOf(file) > 0) truncateSync(file, 0);
}

async function allocate(file: string): Promise<void> {
  closeSync(openSync(file, 'a', 0o600));
  const handle = await open(file, 'r+');
  try {
    // Written, not truncated to that length: a hole takes no space.
    await handle.write(Buffer.alloc(reserveBytes), 0, reserveBytes, 0);
    await handle.sync();
    if (sizeOf(file) < reserveBytes) throw new Error('the disk took less than it was given');
  } finally {
    await handle.close();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
