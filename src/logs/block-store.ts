import type { BlockPlace, LogName } from '../store/logs/logs.ts';

/** Where the bytes of blocks are stored. */
export interface BlockStore {
  /** Stores bytes durably and then calls `commit` with their place; removes them if that returns false. */
  put(
    block: { log: LogName; startOffset: number; bytes: Buffer },
    commit: (place: BlockPlace) => Promise<boolean>,
  ): Promise<void>;
  /** Returns undefined if they are lost or damaged. */
  get(account: string, block: { place: BlockPlace; storedBytes: number }): Promise<Buffer | undefined>;
  /** Does nothing if they are not there. */
  remove(account: string, place: BlockPlace): Promise<void>;
}
