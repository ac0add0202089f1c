import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { branchRef, parseRef } from '../../model/sources/source-ref.ts';
import { type SourceWatch, watchesOf } from '../../model/sources/source-watch.ts';
import { detailOf } from '../triggers/trigger-detail.ts';
import { type StartRequest, startExecution } from './start-execution.ts';

/** A branch or tag that a source check found, and how the trigger was judged outside of the decision. */
export interface RefChange {
  actionName: string;
  /** Such as `refs/heads/main`. */
  ref: string;
  commit: string;
  /** The commit that it was compared with; undefined if the ref is new. */
  comparedWith: string | undefined;
  /** The version of the pipeline whose trigger was judged. */
  pipelineVersion: number;
  isPassing: boolean;
}

/** What a decision about a ref or a pull request came to; `delayed` and `outdated` leave it to a later check. */
export type SourceOutcome =
  | { kind: 'started'; executionId: string }
  | { kind: 'filtered' | 'known' | 'delayed' | 'outdated' };

/**
 * Starts an execution for a branch or tag that has moved, and records that it was seen. A position is decided on once: a
 * commit that a branch comes back to starts again. Without a trigger, and when the branch of the action is seen for the
 * first time, a commit that an execution has used since then starts none, and while one is fetching the branch the next
 * check decides. Needs `source` of the snapshot.
 */
export function refChanged(snapshot: Snapshot, change: RefChange, moment: Moment): Decision<SourceOutcome> {
  const { actionName, ref, commit, comparedWith, pipelineVersion, isPassing } = change;
  const { source } = snapshot;
  const watch = watchOf(snapshot, actionName);
  const isOutdated = snapshot.pipeline.version !== pipelineVersion || source?.seen !== comparedWith;
  if (!source || !watch?.git || isOutdated || source.seen === commit) {
    return { changes: [], answer: { kind: 'outdated' } };
  }
  const isFirst = source.seen === undefined && ref === branchRef(watch.git.branch);
  const yieldsToExecutions = !watch.trigger || isFirst;
  // What it takes is what the files of the first push are compared with.
  if ((isPassing || isFirst) && yieldsToExecutions && source.isBeingFetched)
    return { changes: [], answer: { kind: 'delayed' } };
  const seen = { kind: 'refSeen', actionName, ref, commit } as const;
  const leaveOut = (kind: 'filtered' | 'known'): Decision<SourceOutcome> => ({
    changes: [{ ...seen, isStarted: false }],
    answer: { kind },
  });
  if (!isPassing) return leaveOut('filtered');
  if (yieldsToExecutions && source.isKnown) return leaveOut('known');
  const started = startExecution(snapshot, requestFor(watch, change), moment);
  if ('refuse' in started) return started;
  return {
    ...started,
    changes: [{ ...seen, isStarted: true }, ...started.changes],
    answer: { kind: 'started', executionId: started.answer },
  };
}

/** Finds the watch of a source action in the current declaration. */
export function watchOf({ declaration }: Snapshot, actionName: string): SourceWatch | undefined {
  return watchesOf(declaration).find((watch) => watch.actionName === actionName);
}

/** Connections are told of pushes, other sources are polled; as on AWS (behaviour C.3). */
function requestFor(watch: SourceWatch, { ref, commit }: RefChange): StartRequest {
  const { actionName, trigger, location, git } = watch;
  const binding = { actionName, revisionId: commit };
  if (!trigger) {
    const { ConnectionArn: connectionArn } = location;
    const cause =
      connectionArn === undefined
        ? ({ triggerType: 'PollForSourceChanges', triggerDetail: actionName } as const)
        : ({ triggerType: 'Webhook', triggerDetail: connectionArn } as const);
    return { ...cause, sourceBindings: [binding] };
  }
  const moved = parseRef(ref) ?? { kind: 'branch' as const, name: git?.branch ?? '' };
  return {
    triggerType: 'WebhookV2',
    triggerDetail: detailOf(moved, { commit, location }),
    sourceBindings: [{ ...binding, ref: moved }],
  };
}
