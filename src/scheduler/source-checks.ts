import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { sourceChanged } from '../engine/events/source-changed.ts';
import type { FoundRevision } from '../model/source-watch.ts';
import type { DueWatch, Store } from '../store/store.ts';

/** How long after one look at a source the next is due. */
const intervalMs = 60 * 1000;

/** Watches looked at in one round, side by side. */
const maxPerRound = 20;

/** Pipelines of an earlier version looked at in one transaction. */
const pipelinesAtOnce = 50;

/** The setting that says that the pipelines an earlier version stored have their watches. */
const restoredSetting = 'source-watches';

export interface SourceCheckParts {
  store: Store;
  /** Looks at the place of a watch; rejects with a text for the user when nothing can be found there. */
  check(watch: DueWatch): Promise<FoundRevision>;
  log: Logger;
}

/**
 * Makes the round that looks at the sources that are due and starts executions for what is new there. It returns when
 * it wants the next round. What goes wrong with one source is logged once, until something else is found there.
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
    afterId = await store.sourceWatches.addMissing({ afterId, at, limit: pipelinesAtOnce });
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
    // What has been seen already needs no transaction; most looks end here.
    if (found.cursor !== watch.seen) await report(parts, watch, found);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable') throw error;
    // Deleted between the claim and now.
    if (error.code === 'PipelineNotFoundException') return;
    return noteFailure(parts, watch, error);
  }
  if (watch.failure !== undefined && (await parts.store.sourceWatches.noteFailure(keyOf(watch), undefined))) {
    parts.log.info(fieldsOf(watch), 'the source that is polled for changes can be read again');
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
    'a source that is polled for changes cannot be checked; it is tried again every minute without another line',
  );
}

function keyOf({ pipeline, actionName, location }: DueWatch) {
  return { pipelineId: pipeline.id, actionName, location };
}

function fieldsOf({ pipeline, actionName, location }: DueWatch) {
  return { pipeline: pipeline.name, region: pipeline.region, action: actionName, ...location };
}
