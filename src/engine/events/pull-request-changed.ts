import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { PullRequestEvent } from '../../model/sources/source-ref.ts';
import { detailOf } from '../triggers/trigger-detail.ts';
import { type SourceOutcome, watchOf } from './ref-changed.ts';
import { startExecution } from './start-execution.ts';

/** A stored event of a pull request, and how the trigger was judged outside of the decision. */
export interface PullRequestChange {
  actionName: string;
  event: PullRequestEvent & { sequence: number };
  /** The version of the pipeline whose trigger was judged. */
  pipelineVersion: number;
  isPassing: boolean;
}

/**
 * Starts an execution of the source branch for an event of a pull request, and takes the event out of the store, so that it
 * starts one only. Needs `source` of the snapshot.
 */
export function pullRequestChanged(
  snapshot: Snapshot,
  { actionName, event, pipelineVersion, isPassing }: PullRequestChange,
  moment: Moment,
): Decision<SourceOutcome> {
  const watch = watchOf(snapshot, actionName);
  if (!watch || !snapshot.source?.isPending || snapshot.pipeline.version !== pipelineVersion) {
    return { changes: [], answer: { kind: 'outdated' } };
  }
  const { sequence, headCommit, event: kind, ...pullRequest } = event;
  const taken = { kind: 'pullRequestTaken', actionName, sequence } as const;
  if (!isPassing) return { changes: [taken], answer: { kind: 'filtered' } };
  const ref = { kind: 'pullRequest', ...pullRequest } as const;
  const started = startExecution(
    snapshot,
    {
      triggerType: 'WebhookV2',
      triggerDetail: detailOf(ref, { commit: headCommit, location: watch.location, event: kind }),
      sourceBindings: [{ actionName, revisionId: headCommit, ref }],
    },
    moment,
  );
  if ('refuse' in started) return started;
  return {
    ...started,
    changes: [taken, ...started.changes],
    answer: { kind: 'started', executionId: started.answer },
  };
}
