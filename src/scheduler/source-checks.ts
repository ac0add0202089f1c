import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { sourceChanged } from '../engine/events/source-changed.ts';
import { type FoundRevision, sourceCheckKind } from '../model/sources/source-watch.ts';
import type { DueWatch, Store } from '../store/store.ts';
import { type CheckReport, createCheckReport } from './check-report.ts';
import type { DueWorkHandler } from './due-work.ts';
import { inSlices } from './in-slices.ts';
import { type CheckResult, checkRepository } from './repository-checks.ts';
import type { RepositoryReader } from './repository-reader.ts';
import { codeOf, failureMessage, fieldsOf, noteFailure, noteSuccess } from './watch-failures.ts';

/** Intervals are shorter by a part of this, so that the checks of all sources don't come at once. */
const spread = 1 / 12;

/** A repository with hooks is checked less often, but never left alone: hooks get lost. */
const hookedIntervalMs = 10 * 60 * 1000;

/** A hook that was last heard of longer ago may have been removed. */
const hookedForMs = 30 * 24 * 60 * 60 * 1000;

/** How soon a check that had to wait for an execution or another node is repeated. */
const delayedMs = 10 * 1000;

/** A source that can't be read is checked less often, at least this often. */
const longestPauseMs = 15 * 60 * 1000;

/** Sources that a node checks at a time. */
const atOnce = 20;

/** A check is a few requests; after this another node takes it over. */
const leaseMs = 60 * 1000;

/** Pipelines of an earlier version completed in one transaction. */
const restoreBatch = 50;

/** Set once the pipelines stored by an earlier version have their watches. */
const restoredSetting = 'repository-checks';

export interface SourceCheckParts {
  store: Store;
  /**
   * Checks the location of a watch, or returns undefined if nothing asked for it; rejects with a message for the user when
   * it can't be read.
   */
  check(watch: DueWatch, signal: AbortSignal): Promise<FoundRevision | undefined>;
  reader: RepositoryReader;
  /** How often a source is checked. */
  intervalMs: number;
  /** The most changed files that filters of triggers look at. */
  maxFiles: number;
  /** Whether commits that ask for it start nothing. */
  skipsMarkedCommits: boolean;
  log: Logger;
}

/**
 * Creates the due work that checks a source for all its watches, and starts executions for new revisions. A failure of a
 * source is logged once, until it changes.
 */
export function createSourceChecks(parts: SourceCheckParts): DueWorkHandler {
  const retryMs = (attempts: number) => Math.min(longestPauseMs, parts.intervalMs * 2 ** Math.min(attempts - 1, 10));
  return {
    kind: sourceCheckKind,
    atOnce,
    leaseMs,
    longestPauseMs: Math.max(longestPauseMs, parts.intervalMs),
    retryMs,
    async run({ key, attempts }, at, signal) {
      const watches = await parts.store.sourceWatches.ofCheck(key);
      if (watches.length === 0) {
        await endWaiting(parts.store, key);
        return {};
      }
      const report = createCheckReport();
      // Before anything is read: what comes later is not yet in what this check finds.
      const isHooked = watches.some(({ hookedAt }) => hookedAt !== undefined);
      const waiting = isHooked ? await parts.store.repositoryHooks.pendingEvents(key) : [];
      let result: CheckResult | undefined;
      let isAbsent = false;
      try {
        result = await checkOnce(parts, watches, { at, signal, report });
      } catch (error) {
        signal.throwIfAborted();
        for (const watch of watches) {
          report.note(watch, { message: failureMessage(error) });
          await noteFailure(parts, watch, error, at);
        }
        result = { isDelayed: false, isFailed: true };
        // Checking for what is not there yet is cheap, and people wait for it.
        isAbsent = codeOf(error) === 'ConfigurationError';
      }
      // What asks for it requests the check again.
      if (!result) return {};
      const found = [];
      for (const event of waiting) {
        found.push({ sequence: event.sequence, ...(await inSlices(report.findingsFor(event, watches, result))) });
      }
      if (found.length > 0) await parts.store.repositoryHooks.noteFindings(key, found);
      if (result.isFailed && !isAbsent) return { nextAt: at + retryMs(attempts), isFailed: true };
      return {
        nextAt: at + (result.isDelayed ? Math.min(delayedMs, parts.intervalMs) : pauseMs(parts, key, watches, at)),
      };
    },
  };
}

/** Ends the waiting of events for a check that nothing watches any more. */
async function endWaiting({ repositoryHooks }: Store, key: string): Promise<void> {
  const waiting = await repositoryHooks.pendingEvents(key);
  const ended = waiting.map(({ sequence, results }) => ({ sequence, findings: results }));
  if (ended.length > 0) await repositoryHooks.noteFindings(key, ended);
}

async function checkOnce(
  parts: SourceCheckParts,
  watches: DueWatch[],
  { at, signal, report }: { at: number; signal: AbortSignal; report: CheckReport },
): Promise<CheckResult | undefined> {
  const [first] = watches;
  if (first?.git) return checkRepository(parts, watches, { at, signal, report });
  const found = first && (await parts.check(first, signal));
  if (!found) {
    for (const watch of watches) await noteSuccess(parts, watch);
    return undefined;
  }
  if (found.events) await announceMove(parts, watches, found, at);
  else for (const watch of watches) await release(parts, watch, found, at);
  return { isDelayed: false, isFailed: false };
}

/** Each source has an interval of its own. */
function pauseMs({ intervalMs }: SourceCheckParts, key: string, watches: DueWatch[], at: number): number {
  const isHooked = watches.some(({ hookedAt = 0 }) => at - hookedAt < hookedForMs);
  const longest = isHooked ? Math.max(hookedIntervalMs, intervalMs) : intervalMs;
  const share = Number.parseInt(key.slice(0, 8), 16) / 2 ** 32;
  return Math.round(longest * (1 - share * spread));
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
    if (found.cursor !== (await seenBy(parts, watch, found))) await report(parts, watch, found);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable') throw error;
    // The pipeline was deleted meanwhile.
    if (error.code === 'PipelineNotFoundException') return;
    return noteFailure(parts, watch, error, at);
  }
  await noteSuccess(parts, watch);
}

/** Returns the cursor that a watch has seen last. */
async function seenBy(
  { store }: SourceCheckParts,
  watch: DueWatch,
  { ref }: FoundRevision,
): Promise<string | undefined> {
  if (ref === undefined) return watch.seen;
  const { pipeline, actionName } = watch;
  return (await store.sourceWatches.cursors({ pipelineId: pipeline.id, actionName, branch: '' })).get(ref);
}

/** Sends the events of a ref that has moved, once for all watches. */
async function announceMove(
  parts: SourceCheckParts,
  watches: DueWatch[],
  { ref = '', cursor, events = [] }: FoundRevision,
  at: number,
): Promise<void> {
  const { store, log } = parts;
  const [{ account = '', region = '' } = {}] = watches.map(({ pipeline }) => pipeline);
  const announcements = events.map((event) => ({ ...event, account, region, at }));
  const keys = watches.map(({ pipeline, actionName, location }) => ({ pipelineId: pipeline.id, actionName, location }));
  if (await store.sourceWatches.announceMove(keys, { ref, cursor, announcements, at })) {
    store.events.committed();
    const [first] = watches;
    log.info({ ...first?.location, revision: cursor }, 'a source has changed: sent its events');
  }
  for (const watch of watches) await noteSuccess(parts, watch);
}

async function report({ store, log }: SourceCheckParts, watch: DueWatch, found: FoundRevision): Promise<void> {
  const { pipeline, actionName, location } = watch;
  const executionId = await store.advance(
    {
      kind: 'pipeline',
      scope: pipeline,
      name: pipeline.name,
      source: { actionName, location, revisionId: found.revisionId, ref: found.ref },
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
