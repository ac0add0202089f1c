import type { FoundRef } from '../model/sources/source-watch.ts';
import type { DueWatch } from '../store/store.ts';

/** Reads the repository of a watch. Rejects with a message for the user if it can't be read. */
export interface RepositoryReader {
  /** Lists branches, tags or both, by their full names; with `names` perhaps only those. */
  listRefs(
    watch: DueWatch,
    wanted: { branches: boolean; tags: boolean; names?: string[] },
    signal: AbortSignal,
  ): Promise<FoundRef[]>;
  /** Compares the commit of a ref with that of before, and lists at most `limit` changed files. */
  comparePush(
    watch: DueWatch,
    push: { ref: string; commit: string; older: string; limit: number },
    signal: AbortSignal,
  ): Promise<{ isRewritten: boolean; files: string[] }>;
  messageOf(watch: DueWatch, commit: { ref: string; commit: string }, signal: AbortSignal): Promise<string>;
  filesOfPullRequest(
    watch: DueWatch,
    pullRequest: { sourceBranch: string; destinationBranch: string; headCommit: string; limit: number },
    signal: AbortSignal,
  ): Promise<string[]>;
}

/** Returns a reader for one check, which compares each push once for all pipelines that watch the repository. */
export function comparingOnce(reader: RepositoryReader): RepositoryReader {
  const comparisons = new Map<string, ReturnType<RepositoryReader['comparePush']>>();
  return {
    ...reader,
    comparePush(watch, push, signal) {
      const key = JSON.stringify(push);
      const comparison = comparisons.get(key) ?? reader.comparePush(watch, push, signal);
      comparisons.set(key, comparison);
      return comparison;
    },
  };
}
