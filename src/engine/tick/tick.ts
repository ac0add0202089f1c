import type { Change } from '../../model/change.ts';
import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { cancelConditions, endConditions } from '../conditions/end-conditions.ts';
import { rollbackObstacle, startRollback } from '../events/rollback-execution.ts';
import { callIn, modeOf } from '../modes/index.ts';
import { cancelApprovals, cancelOutdated, heldStage, isOutdated } from './cancel-outdated.ts';
import { type Draft, draftOf, record } from './draft.ts';
import { finishStop } from './finish-stop.ts';
import { enterStage } from './stage-entry.ts';
import { progressStage } from './stage-progress.ts';

/** More rounds than any declaration needs: 50 stages of 50 run orders, a few rounds each. */
const maxRounds = 10_000;

/**
 * Adds everything that follows from the draft for its execution, until nothing does. Level-triggered: called again
 * on the outcome it adds nothing.
 */
export function tick(draft: Draft, moment: Moment): Draft {
  let settled = draft;
  for (let round = 0; round < maxRounds; round += 1) {
    const changes = nextChanges(settled.snapshot, moment);
    if (changes.length === 0) return settled;
    settled = record(settled, ...changes);
  }
  throw new Error(`execution ${draft.snapshot.execution?.id} does not settle`);
}

function nextChanges(snapshot: Snapshot, moment: Moment): Change[] {
  const { execution } = snapshot;
  if (execution?.status !== 'InProgress' && execution?.status !== 'Stopping') return [];
  const isCancelled = isOutdated(snapshot, execution);
  const cancelled = isCancelled
    ? [...cancelApprovals(execution, moment.at), ...cancelConditions(execution, moment.at)]
    : [];
  if (cancelled.length > 0) return cancelled;
  const checked = endConditions(execution);
  if (checked.length > 0) return checked;
  if (execution.status === 'Stopping') return finishStop(snapshot, execution);
  if (isCancelled) return cancelOutdated(execution);
  if (execution.waitingStage !== undefined) return enterStage(snapshot, execution, execution.waitingStage);
  const stageName = heldStage(execution);
  return stageName === undefined ? [] : progressStage(snapshot, execution, stageName, moment);
}

/** Looks at one execution again without an event, as after a neighbour freed the stage it waits for. */
export function settle(snapshot: Snapshot, moment: Moment): Decision {
  return conclude(tick(draftOf(snapshot, moment), moment), undefined);
}

/**
 * Turns a settled draft into a decision. Looked at next is what a failed stage goes back to, which enters it again before
 * anybody else can, and then whoever waits at a stage that this draft freed or opened.
 */
export function conclude<Answer>(draft: Draft, answer: Answer): Decision<Answer> {
  const { execution, occupancy } = draft.snapshot;
  const frees = ({ kind }: Change) =>
    kind === 'transitionEnabled' || (kind === 'stageEnded' && execution && modeOf(execution).locksStages);
  const freed = new Set(
    draft.changes.flatMap((change) => ('stageName' in change && frees(change) ? [change.stageName] : [])),
  );
  const rollbacks = draft.changes.flatMap((change) =>
    change.kind === 'stageEnded' && change.isRolledBack
      ? [{ lastSucceededIn: change.stageName, decide: rollBackAfter(change) }]
      : [],
  );
  const waiters = occupancy.filter((stage) => freed.has(stage.stageName)).flatMap(callIn);
  return {
    changes: [...draft.changes],
    answer,
    then: [...rollbacks, ...waiters.map((executionId) => ({ executionId, decide: settle }))],
  };
}

/** Decides on the target of an automatic rollback; one that cannot be rolled back to leaves the stage failed (behaviour C.7). */
function rollBackAfter({ stageName, executionId: failedId }: { stageName: string; executionId: string }) {
  return (snapshot: Snapshot, moment: Moment): Decision => {
    const { execution: target } = snapshot;
    if (!target || rollbackObstacle(snapshot, target, stageName) !== undefined)
      return { changes: [], answer: undefined };
    const triggerDetail = JSON.stringify({ FailedPipelineExecutionId: failedId });
    const trigger = { triggerType: 'AutomatedRollback', triggerDetail } as const;
    const { changes } = startRollback(snapshot, target, { stageName, trigger }, moment);
    return conclude(tick(record(draftOf(snapshot, moment), ...changes), moment), undefined);
  };
}
