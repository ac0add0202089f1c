import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { compileTrigger, type TriggerFilters } from '../engine/triggers/filters.ts';
import { branchRef } from '../model/sources/source-ref.ts';
import type { FoundRef } from '../model/sources/source-watch.ts';
import type { DueWatch, Store } from '../store/store.ts';
import type { CheckReport } from './check-report.ts';
import { checkPullRequests } from './pull-request-checks.ts';
import { checkRefs } from './ref-checks.ts';
import { comparingOnce, type RepositoryReader } from './repository-reader.ts';
import { codeOf, failureMessage, noteFailure, noteSuccess } from './watch-failures.ts';

export interface RepositoryCheckParts {
  store: Store;
  reader: RepositoryReader;
  /** The most changed files that filters look at. */
  maxFiles: number;
  /** Whether commits that ask for it start nothing. */
  skipsMarkedCommits: boolean;
  log: Logger;
}

/** A watch of a repository, with the filters of its trigger. */
export interface FilteredWatch {
  watch: DueWatch;
  branch: string;
  filters: TriggerFilters;
}

/** When a check is over: some of it may be left for one that is due soon, or for a retry. */
export interface CheckResult {
  isDelayed: boolean;
  isFailed: boolean;
}

/**
 * Checks a repository for all its watches, with one list of the refs that any of them needs. Rejects if the repository
 * can't be read; a failure of one watch doesn't concern the others.
 */
export async function checkRepository(
  { reader, ...others }: RepositoryCheckParts,
  watches: DueWatch[],
  { at, signal, report }: { at: number; signal: AbortSignal; report: CheckReport },
): Promise<CheckResult> {
  const parts = { ...others, reader: comparingOnce(reader) };
  const filtered = watches.map((watch) => {
    const { branch = '' } = watch.git ?? {};
    return { watch, branch, filters: compileTrigger(watch.trigger, branch) };
  });
  const [first] = filtered;
  if (!first) return { isDelayed: false, isFailed: false };
  const refs = await parts.reader.listRefs(first.watch, wantedBy(filtered), signal);
  report.listed(filtered, refs);
  // A branch that one of them names wrongly makes the checks of the others no rarer.
  const result = { isDelayed: false, isFailed: true };
  for (const one of filtered) {
    signal.throwIfAborted();
    const { isDelayed, isFailed } = await checkWatch(parts, one, { refs, at, signal, report });
    result.isDelayed ||= isDelayed;
    result.isFailed &&= isFailed;
  }
  return result;
}

/** Names the refs if all watches look at one branch each; patterns need the list of all. */
function wantedBy(filtered: FilteredWatch[]) {
  const names = filtered.map(({ watch, branch }) => (watch.trigger ? undefined : branchRef(branch)));
  const known = names.flatMap((name) => name ?? []);
  return {
    branches: filtered.some(({ filters }) => filters.branches),
    tags: filtered.some(({ filters }) => filters.tags),
    ...(known.length === names.length && { names: [...new Set(known)] }),
  };
}

async function checkWatch(
  parts: RepositoryCheckParts,
  filtered: FilteredWatch,
  found: { refs: FoundRef[]; at: number; signal: AbortSignal; report: CheckReport },
): Promise<CheckResult> {
  const { watch } = filtered;
  try {
    const ofRefs = await checkRefs(parts, filtered, found);
    const ofPullRequests = await checkPullRequests(parts, filtered, found);
    await noteSuccess(parts, watch);
    return { isDelayed: ofRefs.isDelayed || ofPullRequests.isDelayed, isFailed: false };
  } catch (error) {
    found.signal.throwIfAborted();
    if (error instanceof ServiceError) {
      // The database, or the pipeline was deleted meanwhile.
      if (error.code === 'ServiceUnavailable') throw error;
      if (error.code === 'PipelineNotFoundException') return { isDelayed: false, isFailed: false };
    }
    const message = failureMessage(error);
    if (!found.report.isNoted(watch, message)) found.report.note(watch, { message });
    await noteFailure(parts, watch, error, found.at);
    // A branch that isn't there yet is looked for as often as others: people wait for it.
    return { isDelayed: false, isFailed: codeOf(error) !== 'ConfigurationError' };
  }
}
