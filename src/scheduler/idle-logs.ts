import { idleLogMs, logBlocksKind } from '../store/logs/logs.ts';
import type { Store } from '../store/store.ts';
import type { DueWorkHandler } from './due-work.ts';

/** Storing a few blocks is short; after this another node does it. */
const leaseMs = 60 * 1000;

const failurePauseMs = 60 * 1000;

/** Creates the due work that moves logs into blocks that nothing was written to for an hour. */
export function idleLogWork(store: Store, seal: (id: string) => Promise<void>): DueWorkHandler {
  return {
    kind: logBlocksKind,
    atOnce: 1,
    leaseMs,
    longestPauseMs: idleLogMs,
    retryMs: () => failurePauseMs,
    async run({ key: id }, at) {
      const log = await store.logs.find(id);
      if (!log || log.blockBytes === log.bytes) return {};
      const idleAt = log.lastWrittenAt + idleLogMs;
      if (idleAt > at) return { nextAt: idleAt };
      await seal(id);
      return {};
    },
  };
}
