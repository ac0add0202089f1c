import { pullRequestChanged } from '../engine/events/pull-request-changed.ts';
import { passesFiles } from '../engine/triggers/filters.ts';
import type { StoredPullRequestEvent } from '../store/store.ts';
import { inSlices } from './in-slices.ts';
import type { FilteredWatch, RepositoryCheckParts } from './repository-checks.ts';
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
  { signal }: { signal: AbortSignal },
): Promise<{ isDelayed: boolean }> {
  const { watch } = filtered;
  if (!watch.trigger?.pullRequest?.length) return { isDelayed: false };
  const events = await parts.store.sourceWatches.pullRequests(keyOf(watch), eventsAtOnce);
  let isOutdated = false;
  for (const event of events) {
    signal.throwIfAborted();
    const outcome = await decide(parts, filtered, event, signal);
    isOutdated ||= outcome.kind === 'outdated';
  }
  return { isDelayed: isOutdated || events.length === eventsAtOnce };
}

async function decide(
  parts: RepositoryCheckParts,
  filtered: FilteredWatch,
  event: StoredPullRequestEvent,
  signal: AbortSignal,
) {
  const { store, log } = parts;
  const { pipeline, actionName, location } = filtered.watch;
  const isPassing = await passes(parts, filtered, event, signal);
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
  { reader, maxFiles, log }: RepositoryCheckParts,
  { watch, filters }: FilteredWatch,
  event: StoredPullRequestEvent,
  signal: AbortSignal,
): Promise<boolean> {
  const verdict = await inSlices(filters.ofPullRequest(event));
  if ('isPassing' in verdict) return verdict.isPassing;
  const { sourceBranch, destinationBranch, headCommit } = event;
  const pullRequest = { sourceBranch, destinationBranch, headCommit, limit: maxFiles };
  try {
    return await inSlices(passesFiles(verdict.files, await reader.filesOfPullRequest(watch, pullRequest, signal)));
  } catch (error) {
    // Its branch was deleted meanwhile, or never was one; no later check could tell more.
    if (signal.aborted || !['RevisionUnavailable', 'ConfigurationError'].includes(codeOf(error))) throw error;
    log.warn({ ...fieldsOf(watch), pullRequest: event.id, err: error }, 'the files of a pull request cannot be read');
    return false;
  }
}
