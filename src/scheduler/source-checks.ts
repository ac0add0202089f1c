import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { sourceChanged } from '../engine/events/source-changed.ts';
import type { FoundRevision } from '../model/source-watch.ts';
import type { DueWatch, Store } from '../store/store.ts';

/** The interval at which each source is checked. */
const intervalMs = 60 * 1000;

/** Watches checked in one round, concurrently. */
const maxPerRound = 20;

/** Pipelines of an earlier version restored in one transaction. */
const restoreBatch = 50;

/** Set once the pipelines stored by an earlier version have their watches. */
const restoredSetting = 'source-watches';

export interface SourceCheckParts {
  store: Store;
  /** Checks the location of a watch; rejects with a message for the user when it can't be read. */
  check(watch: DueWatch): Promise<FoundRevision>;
  log: Logger;
}

/**
 * Creates the round that checks the sources that are due and starts executions for new revisions. It returns when the
 * next round is due. A failure of a source is logged once, until it changes.
 */
export function createSourceChecks(parts: SourceCheckParts): (at: number) => Promise<number | undefined> {
  const { store } = parts;
  let isRestored = false;
  return async (at) => {
    if (!isRestored) await restoreWatches(store, at);
    isRestored = true;
    const due = await store.sourceWatches.claim({ at, nextAt: at + intervalMs, limit: maxPerRound });
    const outcomes = await Promise.allSettled(due.map((watch) => checkWatch(parts, watch)));
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, 'some of the sources could not be checked');
    return due.length === maxPerRound ? at : store.sourceWatches.nextDue();
  };
}

async function restoreWatches(store: Store, at: number): Promise<void> {
  if ((await store.findSetting(restoredSetting)) !== undefined) return;
  let afterId: string | undefined = '';
  while (afterId !== undefined) {
    afterId = await store.sourceWatches.addMissing({ afterId, at, limit: restoreBatch });
  }
  await store.keepSetting(restoredSetting, 'restored');
}

async function checkWatch(parts: SourceCheckParts, watch: DueWatch): Promise<void> {
  let found: FoundRevision;
  try {
    found = await parts.check(watch);
  } catch (error) {
    return noteFailure(parts, watch, error);
  }
  try {
    // A revision seen before needs no transaction; most checks end here.
    if (found.cursor !== watch.seen) await report(parts, watch, found);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable') throw error;
    // The pipeline was deleted meanwhile.
    if (error.code === 'PipelineNotFoundException') return;
    return noteFailure(parts, watch, error);
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

async function noteFailure({ store, log }: SourceCheckParts, watch: DueWatch, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  if (message === watch.failure || !(await store.sourceWatches.noteFailure(keyOf(watch), message))) return;
  log.warn(
    { ...fieldsOf(watch), reason: message },
    'a polled source cannot be checked; retrying every minute without logging it again',
  );
}

function keyOf({ pipeline, actionName, location }: DueWatch) {
  return { pipelineId: pipeline.id, actionName, location };
}

function fieldsOf({ pipeline, actionName, location }: DueWatch) {
  return { pipeline: pipeline.name, region: pipeline.region, action: actionName, ...location };
}
