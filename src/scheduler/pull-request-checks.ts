import { pullRequestChanged } from '../engine/events/pull-request-changed.ts';
import type { SourceOutcome } from '../engine/events/ref-changed.ts';
import { passesFiles } from '../engine/triggers/filters.ts';
import { branchRef } from '../model/source-ref.ts';
import type { DueWatch, StoredPullRequestEvent } from '../store/store.ts';
import type { CheckReport } from './check-report.ts';
import { inSlices } from './in-slices.ts';
import type { FilteredWatch, RepositoryCheckParts } from './repository-checks.ts';
import { isSkipped } from './skip-mark.ts';
import { codeOf, fieldsOf, keyOf } from './watch-failures.ts';

/** Events that a check takes; more are left to the next one. */
const eventsAtOnce = 100;

/**
 * Starts executions for the events of pull requests that hooks have stored for a watch, in their order. Whether more wait
 * is in the result.
 */
export async function checkPullRequests(
  parts: RepositoryCheckParts,
  filtered: FilteredWatch,
  { signal, report }: { signal: AbortSignal; report: CheckReport },
): Promise<{ isDelayed: boolean }> {
  const { watch } = filtered;
  if (!watch.trigger?.pullRequest?.length) return { isDelayed: false };
  const events = await parts.store.sourceWatches.pullRequests(keyOf(watch), eventsAtOnce);
  let isOutdated = false;
  for (const event of events) {
    signal.throwIfAborted();
    const found = await completeHead(parts, watch, event, signal);
    const outcome = await decide(parts, filtered, { event: found ?? event, isFound: found !== undefined }, signal);
    report.note(watch, found || outcome.kind === 'outdated' ? describe(event, outcome) : unfound(event));
    isOutdated ||= outcome.kind === 'outdated';
  }
  return { isDelayed: isOutdated || events.length === eventsAtOnce };
}

const commitId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const abbreviation = /^[0-9a-f]{7,}$/;

/** Completes the commit of an event if its forge abbreviates it; returns undefined if its branch is gone or elsewhere. */
async function completeHead(
  { reader }: RepositoryCheckParts,
  watch: DueWatch,
  event: StoredPullRequestEvent,
  signal: AbortSignal,
): Promise<StoredPullRequestEvent | undefined> {
  const { headCommit, sourceBranch } = event;
  if (commitId.test(headCommit)) return event;
  if (!abbreviation.test(headCommit)) return undefined;
  const name = branchRef(sourceBranch);
  const refs = await reader.listRefs(watch, { branches: true, tags: false, names: [name] }, signal);
  const head = refs.find((ref) => ref.name === name && ref.commit.startsWith(headCommit));
  return head && { ...event, headCommit: head.commit };
}

function unfound({ id, event, sourceBranch, headCommit }: StoredPullRequestEvent): { message: string } {
  const reason = `the branch '${sourceBranch}' is gone or no longer at ${headCommit}`;
  return { message: `${event} pull request ${id}: Nothing was started: ${reason}.` };
}

function describe({ id, event }: StoredPullRequestEvent, outcome: SourceOutcome) {
  const subject = `${event} pull request ${id}`;
  if (outcome.kind === 'started') {
    const { executionId } = outcome;
    return { message: `${subject}: started the execution ${executionId}.`, executionId };
  }
  if (outcome.kind === 'filtered')
    return {
      message: `${subject}: Nothing was started: it does not pass the trigger, or its commit message says [skip ci].`,
    };
  return { message: `${subject}: It is checked again in a moment.` };
}

async function decide(
  parts: RepositoryCheckParts,
  filtered: FilteredWatch,
  { event, isFound }: { event: StoredPullRequestEvent; isFound: boolean },
  signal: AbortSignal,
) {
  const { store, log } = parts;
  const { pipeline, actionName, location } = filtered.watch;
  const isPassing = isFound && (await passes(parts, filtered, event, signal));
  const outcome = await store.advance(
    {
      kind: 'pipeline',
      scope: pipeline,
      name: pipeline.name,
      source: { actionName, location, pullRequest: event.sequence },
    },
    (snapshot, moment) =>
      pullRequestChanged(snapshot, { actionName, event, pipelineVersion: pipeline.version, isPassing }, moment),
  );
  const fields = { ...fieldsOf(filtered.watch), pullRequest: event.id, event: event.event, revision: event.headCommit };
  if (outcome.kind === 'started') {
    log.info({ ...fields, pipelineExecutionId: outcome.executionId }, 'a pull request has started an execution');
  } else if (outcome.kind === 'filtered') {
    log.debug(fields, 'an event of a pull request does not pass the trigger');
  }
  return outcome;
}

async function passes(
  parts: RepositoryCheckParts,
  { watch, filters }: FilteredWatch,
  event: StoredPullRequestEvent,
  signal: AbortSignal,
): Promise<boolean> {
  const { reader, maxFiles, log } = parts;
  const verdict = await inSlices(filters.ofPullRequest(event));
  if ('isPassing' in verdict && !verdict.isPassing) return false;
  const { sourceBranch, destinationBranch, headCommit } = event;
  const pullRequest = { sourceBranch, destinationBranch, headCommit, limit: maxFiles };
  try {
    if (await isSkipped(parts, watch, { ref: branchRef(sourceBranch), commit: headCommit }, signal)) return false;
    if ('isPassing' in verdict) return true;
    return await inSlices(passesFiles(verdict.files, await reader.filesOfPullRequest(watch, pullRequest, signal)));
  } catch (error) {
    // Its branch was deleted meanwhile, or never was one; no later check could tell more.
    if (signal.aborted || !['RevisionUnavailable', 'ConfigurationError'].includes(codeOf(error))) throw error;
    log.warn({ ...fieldsOf(watch), pullRequest: event.id, err: error }, 'the files of a pull request cannot be read');
    return false;
  }
}
