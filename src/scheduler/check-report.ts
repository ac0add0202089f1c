import type { CheckFinding } from '../model/repository-hook.ts';
import type { DueWatch } from '../store/store.ts';

/** Gathers what a check did for each of its watches, for the events of hooks that asked for it. */
export interface CheckReport {
  /** Adds what was done; `message` is a sentence. */
  note(watch: DueWatch, finding: { message: string; executionId?: string }): void;
  /** Returns the findings, one at least for each watch. */
  findingsOf(watches: DueWatch[]): CheckFinding[];
}

/** The most findings of a watch that are kept. */
const mostFindings = 20;

export function createCheckReport(): CheckReport {
  const found = new Map<DueWatch, CheckFinding[]>();
  return {
    note(watch, finding) {
      const findings = found.get(watch) ?? [];
      if (findings.length < mostFindings) findings.push({ ...named(watch), ...finding });
      found.set(watch, findings);
    },
    findingsOf: (watches) => watches.flatMap((watch) => found.get(watch) ?? [nothingStarted(watch)]),
  };
}

function nothingStarted(watch: DueWatch): CheckFinding {
  const what = watch.trigger
    ? 'no branch, tag or pull request that passes the trigger has changed'
    : `the branch '${watch.git?.branch}' has not moved`;
  return { ...named(watch), message: `Nothing was started: ${what}.` };
}

function named({ pipeline, actionName }: DueWatch): { pipeline: string; action: string } {
  return { pipeline: pipeline.name, action: actionName };
}
