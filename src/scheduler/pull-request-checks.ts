import { pullRequestChanged } from '../engine/events/pull-request-changed.ts';
import type { SourceOutcome } from '../engine/events/ref-changed.ts';
import { passesFiles } from '../engine/triggers/filters.ts';
import { branchRef } from '../model/sources/source-ref.ts';
import type { DueWatch, StoredPullRequestEvent } from '../store/store.ts';
import { type CheckReport, subjectOf } from './check-report.ts';
import { inSlices } from './in-slices.ts';
import { filesReason } from './ref-checks.ts';
import type { FilteredWatch, RepositoryCheckParts } from './repository-checks.ts';
import { isSkipped, skipReason } from './skip-mark.ts';
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
    const reason = found ? await reasonAgainst(parts, filtered, found, signal) : unfound(event);
    const outcome = await decide(parts, filtered, { event: found ?? event, reason });
    report.note(watch, { subject: subjectOf(event), ...describe(event, outcome) });
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

function unfound({ sourceBranch, headCommit }: StoredPullRequestEvent): string {
  return `the branch '${sourceBranch}' is gone or no longer at ${headCommit}`;
}

function describe({ id, event }: StoredPullRequestEvent, outcome: SourceOutcome & { reason: string }) {
  const subject = `${event} pull request ${id}`;
  if (outcome.kind === 'started') {
    const { executionId } = outcome;
    return { message: `${subject}: started the execution ${executionId}.`, executionId };
  }
  if (outcome.kind === 'filtered') return { message: `${subject}: Nothing was started: ${outcome.reason}.` };
  return { message: `${subject}: It is checked again in a moment.`, isUndecided: true };
}

async function decide(
  parts: RepositoryCheckParts,
  filtered: FilteredWatch,
  { event, reason }: { event: StoredPullRequestEvent; reason: string },
) {
  const { store, log } = parts;
  const { pipeline, actionName, location } = filtered.watch;
  const isPassing = reason === '';
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
    log.debug({ ...fields, reason }, 'an event of a pull request has started nothing');
  }
  return { ...outcome, reason };
}

/** Returns why an event starts nothing; empty if it passes. */
async function reasonAgainst(
  parts: RepositoryCheckParts,
  { watch, filters }: FilteredWatch,
  event: StoredPullRequestEvent,
  signal: AbortSignal,
): Promise<string> {
  const { reader, maxFiles, log } = parts;
  const verdict = await inSlices(filters.ofPullRequest(event));
  if ('isPassing' in verdict && !verdict.isPassing)
    return `its event or its destination '${event.destinationBranch}' does not pass the trigger`;
  const { sourceBranch, destinationBranch, headCommit } = event;
  const pullRequest = { sourceBranch, destinationBranch, headCommit, limit: maxFiles };
  try {
    if (await isSkipped(parts, watch, { ref: branchRef(sourceBranch), commit: headCommit }, signal)) return skipReason;
    if ('isPassing' in verdict) return '';
    const files = await reader.filesOfPullRequest(watch, pullRequest, signal);
    return (await inSlices(passesFiles(verdict.files, files))) ? '' : filesReason(files, maxFiles);
  } catch (error) {
    // Its branch was deleted meanwhile, or never was one; no later check could tell more.
    if (signal.aborted || !['RevisionUnavailable', 'ConfigurationError'].includes(codeOf(error))) throw error;
    log.warn({ ...fieldsOf(watch), pullRequest: event.id, err: error }, 'the files of a pull request cannot be read');
    return 'its changed files cannot be read';
  }
}
