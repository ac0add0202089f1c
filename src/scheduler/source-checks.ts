import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { sourceChanged } from '../engine/events/source-changed.ts';
import { type FoundRevision, sourceCheckKind } from '../model/source-watch.ts';
import type { DueWatch, Store } from '../store/store.ts';
import type { DueWorkHandler } from './due-work.ts';

/** The longest interval at which a source is checked; each source has its own, so that they don't come all at once. */
const intervalMs = 60 * 1000;
const spreadMs = 5 * 1000;

/** A source that can't be read is checked less often, at least this often. */
const longestPauseMs = 15 * 60 * 1000;

/** Sources that a node checks at a time. */
const atOnce = 20;

/** A check is a few requests; after this another node takes it over. */
const leaseMs = 60 * 1000;

/** Pipelines of an earlier version completed in one transaction. */
const restoreBatch = 50;

/** Set once the pipelines stored by an earlier version have their watches. */
const restoredSetting = 'source-checks';

export interface SourceCheckParts {
  store: Store;
  /** Checks the location of a watch; rejects with a message for the user when it can't be read. */
  check(watch: DueWatch, signal: AbortSignal): Promise<FoundRevision>;
  log: Logger;
}

/**
 * Creates the due work that checks a source for all its watches, and starts executions for new revisions. A failure of a
 * source is logged once, until it changes.
 */
export function createSourceChecks(parts: SourceCheckParts): DueWorkHandler {
  return {
    kind: sourceCheckKind,
    atOnce,
    leaseMs,
    longestPauseMs,
    retryMs,
    async run({ key, attempts }, at, signal) {
      const watches = await parts.store.sourceWatches.ofCheck(key);
      const [first] = watches;
      if (!first) return {};
      let found: FoundRevision;
      try {
        found = await parts.check(first, signal);
      } catch (error) {
        signal.throwIfAborted();
        for (const watch of watches) await noteFailure(parts, watch, error, at);
        return { nextAt: at + retryMs(attempts), isFailed: true };
      }
      for (const watch of watches) await release(parts, watch, found, at);
      return { nextAt: at + intervalMs - (Number.parseInt(key.slice(0, 8), 16) % spreadMs) };
    },
  };
}

/** Returns the pause after the given number of failed attempts. */
function retryMs(attempts: number): number {
  return Math.min(longestPauseMs, intervalMs * 2 ** Math.min(attempts - 1, 10));
}

/** Completes, once, the watches of pipelines stored by an earlier version. */
export async function restoreWatches(store: Store, at: number): Promise<void> {
  if ((await store.findSetting(restoredSetting)) !== undefined) return;
  let afterId: string | undefined = '';
  while (afterId !== undefined) {
    afterId = await store.sourceWatches.addMissing({ afterId, at, limit: restoreBatch });
  }
  await store.keepSetting(restoredSetting, 'restored');
}

/** Starts an execution of the watch's pipeline for what was found, if it is new. */
async function release(parts: SourceCheckParts, watch: DueWatch, found: FoundRevision, at: number): Promise<void> {
  try {
    // A revision seen before needs no transaction; most checks end here.
    if (found.cursor !== watch.seen) await report(parts, watch, found);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable') throw error;
    // The pipeline was deleted meanwhile.
    if (error.code === 'PipelineNotFoundException') return;
    return noteFailure(parts, watch, error, at);
  }
  if (watch.failure !== undefined && (await parts.store.sourceWatches.noteFailure(keyOf(watch), undefined))) {
    parts.log.info(fieldsOf(watch), 'a polled source can be read again');
  }
}

async function report({ store, log }: SourceCheckParts, watch: DueWatch, found: FoundRevision): Promise<void> {
  const { pipeline, actionName, location } = watch;
  const executionId = await store.advance(
    {
      kind: 'pipeline',
      scope: pipeline,
      name: pipeline.name,
      source: { actionName, location, revisionId: found.revisionId },
    },
    (snapshot, moment) => sourceChanged(snapshot, { actionName, ...found }, moment),
  );
  if (executionId === undefined) return;
  const revision = found.revisionId ?? found.cursor;
  log.info(
    { ...fieldsOf(watch), pipelineExecutionId: executionId, revision },
    'a source has changed: started an execution',
  );
}

async function noteFailure(
  { store, log }: SourceCheckParts,
  watch: DueWatch,
  error: unknown,
  at: number,
): Promise<void> {
  const failure = { code: codeOf(error), message: error instanceof Error ? error.message : String(error), at };
  const isKnown = failure.code === watch.failure?.code && failure.message === watch.failure.message;
  if (isKnown || !(await store.sourceWatches.noteFailure(keyOf(watch), failure))) return;
  log.warn(
    { ...fieldsOf(watch), reason: failure.message },
    'a polled source cannot be checked; retrying, at least every 15 minutes, without logging it again',
  );
}

/** Checks name the kind of their failure as jobs do. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'type' in error ? String(error.type) : 'JobFailed';
}

function keyOf({ pipeline, actionName, location }: DueWatch) {
  return { pipelineId: pipeline.id, actionName, location };
}

function fieldsOf({ pipeline, actionName, location }: DueWatch) {
  return { pipeline: pipeline.name, region: pipeline.region, action: actionName, ...location };
}
