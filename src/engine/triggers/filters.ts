import type {
  GitConfiguration,
  GitFilePathFilterCriteria,
  GitPullRequestEventType,
  GitPullRequestFilter,
  GitPushFilter,
} from '../../contract/generated.ts';
import { compileGlob, type Glob } from './glob.ts';

/** Work that may be interrupted wherever it yields: judging many names by many patterns takes a while. */
export type Judging<Result> = Generator<undefined, Result>;

/** Reports whether a name passes includes and excludes. */
type Matcher = (name: string) => Judging<boolean>;

/** Whether a change passes by its names, or which filters have to look at its files. */
export type Verdict = { isPassing: boolean } | { files: Matcher[] };

/** A branch or tag. */
interface RefName {
  kind: 'branch' | 'tag';
  name: string;
}

/** The filters of a trigger, ready to be used (behaviour C.12). */
export interface TriggerFilters {
  /** Whether any branch or tag can pass. */
  branches: boolean;
  tags: boolean;
  ofRef(ref: RefName): Judging<Verdict>;
  ofPullRequest(pullRequest: { event: GitPullRequestEventType; destinationBranch: string }): Judging<Verdict>;
}

/**
 * Prepares the trigger of a source action on `branch`. Several filters are alternatives; without any, or without a trigger,
 * every push to that branch passes.
 */
export function compileTrigger(
  trigger: Pick<GitConfiguration, 'push' | 'pullRequest'> | undefined,
  branch: string,
): TriggerFilters {
  const { push = [], pullRequest = [] } = trigger ?? {};
  if (push.length + pullRequest.length === 0) return ofBranch(branch);
  const pushes = push.map((filter) => ({ filter, ...matchersOf(filter), tags: filter.tags && matcherOf(filter.tags) }));
  const pulls = pullRequest.map((filter) => ({ filter, ...matchersOf(filter) }));
  return {
    branches: pushes.some(({ tags }) => tags === undefined),
    tags: pushes.some(({ tags }) => tags !== undefined),
    *ofRef({ kind, name }) {
      const named: (Matcher | undefined)[] = [];
      for (const { tags, branches, files } of pushes) {
        // A filter of tags has no branches, and one of branches no tags.
        const matcher = kind === 'tag' ? tags : tags === undefined ? branches : undefined;
        if (matcher && (yield* matcher(name))) named.push(kind === 'tag' ? undefined : files);
      }
      return verdictOf(named);
    },
    *ofPullRequest({ event, destinationBranch }) {
      const named: (Matcher | undefined)[] = [];
      for (const { filter, branches, files } of pulls) {
        const isMeant = filter.events === undefined || filter.events.includes(event);
        if (isMeant && (yield* branches(destinationBranch))) named.push(files);
      }
      return verdictOf(named);
    },
  };
}

/** Reports whether one of the files passes one of the filters. */
export function* passesFiles(filters: Matcher[], files: string[]): Judging<boolean> {
  for (const passes of filters) {
    for (const file of files) if (yield* passes(file)) return true;
  }
  return false;
}

function ofBranch(branch: string): TriggerFilters {
  return {
    branches: true,
    tags: false,
    // biome-ignore lint/correctness/useYield: one name is compared at once.
    *ofRef({ kind, name }) {
      return { isPassing: kind === 'branch' && name === branch };
    },
    // biome-ignore lint/correctness/useYield: nothing is compared.
    *ofPullRequest() {
      return { isPassing: false };
    },
  };
}

/** Takes the file filters of what a change passes by its names; undefined is one that needs no files. */
function verdictOf(named: (Matcher | undefined)[]): Verdict {
  const files = named.flatMap((matcher) => matcher ?? []);
  return files.length < named.length || files.length === 0 ? { isPassing: named.length > 0 } : { files };
}

function matchersOf({ branches, filePaths }: GitPushFilter | GitPullRequestFilter) {
  return { branches: matcherOf(branches), files: filePaths && matcherOf(filePaths) };
}

/** Excludes win over includes; without includes everything else passes. */
function matcherOf({ includes, excludes = [] }: GitFilePathFilterCriteria = {}): Matcher {
  const included = includes?.map(compileGlob);
  const excluded = excludes.map(compileGlob);
  return function* (name) {
    if (yield* matchesAny(excluded, name)) return false;
    return included === undefined || (yield* matchesAny(included, name));
  };
}

function* matchesAny(globs: Glob[], name: string): Judging<boolean> {
  for (const glob of globs) {
    if (glob(name)) return true;
    yield;
  }
  return false;
}
