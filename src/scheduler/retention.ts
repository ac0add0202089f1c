import type { Logger } from 'pino';
import type { ArtifactRemoval, EndedExecution, Store } from '../store/store.ts';

/** Executions looked at, and artifacts removed, in one round, so that a long standstill is worked off in small steps. */
const maxPerRound = 100;

/** Between two rounds of a pass the server gets to do its work. */
const roundPauseMs = 100;

/** What is older than a year may become an hour older. */
const passIntervalMs = 60 * 60 * 1000;

/** What keeps the history bounded. */
export interface RetentionParts {
  store: Store;
  /** How long an ended execution is kept, in ms; undefined keeps all. */
  keepMs?: number;
  /** Removes the objects of an artifact for good; called again if it failed or the process was killed meanwhile. */
  removeArtifact(removal: ArtifactRemoval): Promise<void>;
  /** Whether the clock has gone as time has; while it has not there is no pass. */
  isClockSteady?: () => boolean;
  log: Logger;
}

/** How far a pass has come. What failed is in `errors`; it keeps nothing else and waits for the next pass. */
interface Pass {
  lastEnded?: EndedExecution;
  /** Sequence of a record. */
  lastRemoval: number;
  errors: unknown[];
}

/**
 * Makes the round that removes what has become too old: executions by their end, the artifacts recorded for removal
 * with them, and deleted pipelines. A pass goes over everything in bounded rounds and comes again every hour; each
 * round answers when it wants the next one.
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
    // In this order: artifacts become free with their executions, a pipeline with the last of its executions.
    const hasMore = [
      before !== undefined && (await pruneExecutions(parts, pass, before)),
      await removeArtifacts(parts, pass),
      before !== undefined && (await attempt(pass, () => parts.store.retention.prunePipelines(before))) === true,
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
  if (pruned > 0) log.info({ executions: pruned }, 'executions that were too old were removed');
  return page.length === maxPerRound;
}

async function removeArtifacts({ store, removeArtifact }: RetentionParts, pass: Pass): Promise<boolean> {
  const removals = await store.retention.removals({ after: pass.lastRemoval, limit: maxPerRound });
  for (const removal of removals) {
    pass.lastRemoval = removal.sequence;
    await attempt(pass, async () => {
      await removeArtifact(removal);
      // Only now: of a server that is killed before, the next one finds the record again.
      await store.retention.forgetRemoval(removal.sequence);
    });
  }
  return removals.length === maxPerRound;
}
