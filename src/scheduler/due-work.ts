import type { Logger } from 'pino';
import type { DueWork, Store } from '../store/store.ts';
import { createLoop, type Loop } from './loop.ts';

/** How one kind of due work is done. */
export interface DueWorkHandler {
  kind: string;
  /** The most that this node does at the same time. */
  atOnce: number;
  /** How long after its node died the work goes on elsewhere, in ms. */
  leaseMs: number;
  /** The longest time until it is due again, in ms: what is due later was written before the clock was set back. */
  longestPauseMs: number;
  /** How long to wait after a failure, by the number of attempts. */
  retryMs(attempts: number): number;
  /**
   * Does the work. It may run again for the same work if the node is taken for dead. `signal` aborts when the claim is
   * lost or the server stops.
   */
  run(work: DueWork, at: number, signal: AbortSignal): Promise<DueWorkResult>;
}

/** When work is due again; without a time it is over. */
interface DueWorkResult {
  nextAt?: number;
  /** Whether its attempts go on counting. */
  isFailed?: boolean;
}

interface DueWorkParts {
  store: Pick<Store, 'dueWork' | 'notifications'>;
  now(): number;
  longestSleepMs: number;
  log: Logger;
}

/** Creates the loop that claims work of one kind and does it, up to `atOnce` at a time. */
export function createDueWork(handler: DueWorkHandler, parts: DueWorkParts): Loop {
  const { store, now, longestSleepMs, log } = parts;
  const { kind, atOnce, leaseMs, longestPauseMs } = handler;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const runOnce = async (at: number): Promise<number | undefined> => {
    const limit = atOnce - running.size;
    // The end of one of them wakes the loop.
    if (limit === 0) return undefined;
    const latestAt = at + Math.max(longestPauseMs, leaseMs);
    const dueAt = await store.dueWork.nextAt(kind);
    // Most rounds find nothing, and write nothing.
    if (dueAt === undefined || (dueAt > at && dueAt <= latestAt)) return dueAt;
    const claimed = await store.dueWork.claim({ kind, at, latestAt, leaseUntil: at + leaseMs, limit });
    for (const work of claimed) {
      const done = doWork(work, { handler, parts, signal: stopping.signal }).then(() => {
        running.delete(done);
        loop.wake();
      });
      running.add(done);
    }
    return claimed.length === limit ? undefined : store.dueWork.nextAt(kind);
  };
  const loop = createLoop({ name: kind, runOnce, now, longestSleepMs, log });
  const wakeName = store.dueWork.wakeName(kind);
  store.notifications.onWake((name) => {
    if (name === undefined || name === wakeName) loop.wake();
  });
  return {
    ...loop,
    async stop() {
      stopping.abort();
      await loop.stop();
      await Promise.all(running);
    },
  };
}

interface Work {
  handler: DueWorkHandler;
  parts: DueWorkParts;
  signal: AbortSignal;
}

/** Does claimed work under a lease that is renewed. Never rejects. */
async function doWork(work: DueWork, { handler, parts, signal }: Work): Promise<void> {
  const { store, now, log } = parts;
  const { kind, key, attempts } = work;
  const lost = new AbortController();
  const renewal = setInterval(() => void renew(), handler.leaseMs / 3);
  const renew = async () => {
    const isHeld = await store.dueWork.renew(work, now() + handler.leaseMs).catch(() => true);
    if (!isHeld) lost.abort();
  };
  try {
    const at = now();
    const result = await handler.run(work, at, AbortSignal.any([signal, lost.signal])).catch((error: unknown) => {
      // Work that the stop of this node interrupts is due for the others.
      if (signal.aborted) return { nextAt: at, isFailed: true };
      log.error({ err: error, work: kind, key }, 'due work failed; it is tried again');
      return { nextAt: at + handler.retryMs(attempts), isFailed: true };
    });
    await store.dueWork.finish(work, { at: now(), ...result });
  } catch (error) {
    log.error({ err: error, work: kind, key }, 'due work was done, but that could not be recorded');
  } finally {
    clearInterval(renewal);
  }
}
