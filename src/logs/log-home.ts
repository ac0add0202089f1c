import type { BuildLease, LogEnd, LogRows, LogWrite } from '../store/logs/logs.ts';
import type { BlockStore } from './block-store.ts';
import { findMarks } from './build-marks.ts';
import { type LogSlice, readSlice } from './read-slice.ts';
import { blockBytes, sealLog } from './seal-log.ts';

/** A text to append; the home adds what concerns blocks. */
export type NewText = Omit<LogWrite, 'isSealed'>;

/** All logs, wherever their text is. */
export interface LogHome {
  /** Appends to the log of a job; undefined if the job is not in progress. */
  appendToJob(write: NewText): Promise<LogEnd | undefined>;
  /** Appends whole lines to the log of a claimed build; undefined if the lease is lost or the build has ended. */
  appendToBuild(lease: BuildLease, write: NewText): Promise<LogEnd | undefined>;
  /** Reads the text from `offset` on, about a megabyte; undefined if there is no such log. */
  read(id: string, offset: number): Promise<LogSlice | undefined>;
  /** Moves all of a log into blocks. */
  seal(id: string): Promise<void>;
  /** Removes some of the blocks of a removed log; true if there are more. */
  removeDeleted(): Promise<boolean>;
}

interface LogHomeParts {
  logs: LogRows;
  /** Without a place for blocks, the text stays in the database. */
  blocks: BlockStore | undefined;
  /** Called when a block can't be stored; the text stays in the database. */
  onUnsealed(id: string, error: unknown): void;
}

export function createLogHome({ logs, blocks, onUnsealed }: LogHomeParts): LogHome {
  const sealing = new Set<string>();

  async function seal(id: string, { isIdle }: { isIdle: boolean }): Promise<void> {
    if (!blocks || sealing.has(id)) return;
    sealing.add(id);
    try {
      await sealLog(id, { isIdle }, { logs, blocks });
    } finally {
      sealing.delete(id);
    }
  }

  /** Waits for the block, which slows a writer that would otherwise be quicker than the disk. */
  async function sealFull({ log, text }: NewText, { nextOffset }: LogEnd): Promise<void> {
    const before = Math.max(0, nextOffset - Buffer.byteLength(text));
    if (Math.floor(before / blockBytes) === Math.floor(nextOffset / blockBytes)) return;
    await seal(log.id, { isIdle: false }).catch((error: unknown) => onUnsealed(log.id, error));
  }

  return {
    async appendToJob(write) {
      const end = await logs.appendToJob({ ...write, isSealed: blocks !== undefined });
      if (end) await sealFull(write, end);
      return end;
    },
    async appendToBuild(lease, write) {
      const marks = findMarks(write.text);
      const end = await logs.appendToBuild(lease, { ...write, marks, isSealed: blocks !== undefined });
      if (end) await sealFull(write, end);
      return end;
    },
    read: (id, offset) => readSlice(id, offset, { logs, blocks }),
    seal: (id) => seal(id, { isIdle: true }),
    async removeDeleted() {
      const removed = await logs.nextRemoved();
      if (!removed) return false;
      for (const { place } of removed.blocks) await blocks?.remove(removed.account, place);
      await logs.forgetRemoved(removed);
      return true;
    },
  };
}
