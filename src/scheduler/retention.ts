import type { Logger } from 'pino';
import { deliveryMemoryMs } from '../model/sources/webhook.ts';
import type { ArtifactRemoval, EndedExecution, Store } from '../store/store.ts';
import type { DueWorkHandler } from './due-work.ts';

/** Executions, and artifacts, handled in one round, so that a backlog is worked off in small steps. */
const maxPerRound = 100;

/** Pause between two rounds of a pass, so that the server can do its work. */
const roundPauseMs = 100;

/** Pause between two passes: what is kept for days may be kept an hour longer. */
const passIntervalMs = 60 * 60 * 1000;

/** Pause after a round in which something could not be removed. */
const failurePauseMs = 5000;

const dayMs = 24 * passIntervalMs;

/** How long deliveries of events are kept after they arrived, or were given up. */
const keepDeliveredMs = 3 * dayMs;
const keepDeadMs = 30 * dayMs;

/** Deliveries removed in one round. */
const deliveriesPerRound = 1000;

export interface RetentionParts {
  store: Store;
  /** How long an ended execution is kept, in ms; undefined keeps all of them. */
  keepMs?: number;
  /** How long an event is kept, in ms; not longer than executions. Undefined keeps all of them. */
  keepEventsMs?: number;
  /** Removes the objects of an artifact; called again if it failed or the process was killed meanwhile. */
  removeArtifact(removal: ArtifactRemoval): Promise<void>;
  /** Removes what is left of one log that was removed; true if there may be more. */
  removeLog(): Promise<boolean>;
  /** Whether the clock can be trusted; otherwise nothing is removed. */
  isClockSteady?: () => boolean;
  log: Logger;
}

/** The progress of a pass. What fails is left for the next pass, and stops nothing else. */
interface Pass {
  lastEnded?: EndedExecution;
  /** The sequence of its record. */
  lastRemoval: number;
  errors: unknown[];
}

/** The due work of retention; it has one key, since one node does it for all. */
export const retentionKind = 'retention';

/** A round is short; after this another node takes over. */
const leaseMs = 10 * 60 * 1000;

/** Creates the due work that removes what is too old. */
export function retentionWork(parts: RetentionParts): DueWorkHandler {
  const round = createRetention(parts);
  return {
    kind: retentionKind,
    atOnce: 1,
    leaseMs,
    longestPauseMs: passIntervalMs,
    retryMs: () => failurePauseMs,
    run: async (_, at) => ({ nextAt: await round(at) }),
  };
}

/**
 * Creates the round that removes what is too old: executions by their end, the artifacts recorded for removal with
 * them, deleted pipelines, events and their deliveries, events of hooks, and builds. A pass covers everything in bounded rounds and
 * repeats every hour; each round returns when the next one is due.
 */
export function createRetention(parts: RetentionParts): (at: number) => Promise<number> {
  let nextPassAt = Number.NEGATIVE_INFINITY;
  let pass: Pass = { lastRemoval: 0, errors: [] };

  return async (at) => {
    if (parts.isClockSteady?.() === false) return at + passIntervalMs;
    if (at < nextPassAt) return nextPassAt;
    pass.errors = [];
    const { errors } = pass;
    const before = parts.keepMs === undefined ? undefined : at - parts.keepMs;
    // In this order: removing executions releases their artifacts, and finally their pipeline.
    const hasMore = [
      // What events refer to has to be there.
      (await attempt(pass, async () => pruneEvents(parts, at))) === true,
      (await attempt(pass, () => pruneDeliveries(parts, at))) === true,
      before !== undefined && (await pruneExecutions(parts, pass, before)),
      await removeArtifacts(parts, pass),
      before !== undefined && (await pruneBuilds(parts, pass, before)),
      (await attempt(pass, () => removeLogs(parts))) === true,
      before !== undefined && (await attempt(pass, () => parts.store.retention.prunePipelines(before))) === true,
      before !== undefined && (await pruneHookEvents(parts, pass, Math.min(before, at - deliveryMemoryMs))),
    ].includes(true);
    if (!hasMore) {
      nextPassAt = at + passIntervalMs;
      pass = { lastRemoval: 0, errors: [] };
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some of the old history could not be removed');
    return hasMore ? at + roundPauseMs : nextPassAt;
  };
}

async function attempt<Result>({ errors }: Pass, work: () => Promise<Result>): Promise<Result | undefined> {
  return work().catch((error: unknown) => void errors.push(error));
}

async function pruneExecutions({ store, log }: RetentionParts, pass: Pass, endedBefore: number): Promise<boolean> {
  const page = await store.retention.ended({ endedBefore, after: pass.lastEnded, limit: maxPerRound });
  let pruned = 0;
  for (const execution of page) {
    const outcome = await attempt(pass, () => store.retention.prune(execution.id, endedBefore));
    if (outcome === 'unfinished') return true;
    if (outcome === 'pruned') pruned += 1;
    pass.lastEnded = execution;
  }
  if (pruned > 0) log.info({ executions: pruned }, 'removed old executions');
  return page.length === maxPerRound;
}

async function pruneEvents({ store, keepMs, keepEventsMs }: RetentionParts, at: number): Promise<boolean> {
  if (keepEventsMs === undefined) return false;
  return store.events.prune(at - Math.min(keepEventsMs, keepMs ?? keepEventsMs));
}

/** Removes the events of hooks, but keeps what repetitions are recognized by. */
async function pruneHookEvents({ store }: RetentionParts, pass: Pass, before: number): Promise<boolean> {
  return (await attempt(pass, () => store.repositoryHooks.pruneEvents(before, maxPerRound))) === true;
}

async function pruneBuilds({ store }: RetentionParts, pass: Pass, endedBefore: number): Promise<boolean> {
  return (await attempt(pass, () => store.builds.prune(endedBefore, maxPerRound))) === maxPerRound;
}

async function pruneDeliveries({ store }: RetentionParts, at: number): Promise<boolean> {
  const removed = await store.eventDeliveries.prune({
    deliveredBefore: at - keepDeliveredMs,
    deadBefore: at - keepDeadMs,
    limit: deliveriesPerRound,
  });
  return removed === deliveriesPerRound;
}

async function removeLogs({ removeLog }: RetentionParts): Promise<boolean> {
  for (let removed = 0; removed < maxPerRound; removed += 1) if (!(await removeLog())) return false;
  return true;
}

async function removeArtifacts({ store, removeArtifact }: RetentionParts, pass: Pass): Promise<boolean> {
  const removals = await store.retention.removals({ after: pass.lastRemoval, limit: maxPerRound });
  for (const removal of removals) {
    pass.lastRemoval = removal.sequence;
    await attempt(pass, async () => {
      await removeArtifact(removal);
      // Only now: if the server is killed before this, the next one finds the record again.
      await store.retention.forgetRemoval(removal.sequence);
    });
  }
  return removals.length === maxPerRound;
}
