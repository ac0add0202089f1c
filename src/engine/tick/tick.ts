import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { cancelConditions, endConditions } from '../conditions/end-conditions.ts';
import { rollbackObstacle, startRollback } from '../events/rollback-execution.ts';
import { modeOf, nextEntrants } from '../modes/index.ts';
import { apply } from './apply.ts';
import { cancelApprovals, cancelOutdated, heldStage, isOutdated } from './cancel-outdated.ts';
import { finishStop } from './finish-stop.ts';
import { progressStage } from './stage-progress.ts';

/** A decision in the making: the changes so far and the snapshot with them applied. */
export interface Draft {
  readonly snapshot: Snapshot;
  readonly changes: readonly Change[];
  readonly moment: Moment;
}

/** Starts an empty draft. */
export function draftOf(snapshot: Snapshot, moment: Moment): Draft {
  return { snapshot, changes: [], moment };
}

function record({ snapshot, changes, moment }: Draft, more: Change[]): Draft {
  return {
    snapshot: more.reduce((applied, change) => apply(applied, change, moment.at), snapshot),
    changes: [...changes, ...more],
    moment,
  };
}

/** More rounds than any declaration needs: 50 stages of 50 run orders, a few rounds each. */
const maxRounds = 10_000;

/** Adds everything that follows from a draft for its execution. Level-triggered: repeated, it adds nothing. */
export function tick(draft: Draft): Draft {
  let ticked = draft;
  for (let round = 0; round < maxRounds; round += 1) {
    const changes = nextChanges(ticked);
    if (changes.length === 0) return ticked;
    ticked = record(ticked, changes);
  }
  throw new Error(`execution ${draft.snapshot.execution?.id} does not settle`);
}

function nextChanges({ snapshot, moment }: Draft): Change[] {
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

/** The mode decides whether an execution enters the stage it waits for, unless its wait has expired (behaviour C.4). */
export function enterStage({ occupancy }: Snapshot, execution: ExecutionSnapshot, stageName: string): Change[] {
  const stage = occupancy.find((candidate) => candidate.stageName === stageName);
  if (!stage) throw new Error(`execution ${execution.id} waits at ${stageName}, which its pipeline does not have`);
  return execution.hasExpired ? [] : modeOf(execution).tryEnter(execution, stage);
}

/** Decides on one execution without an event, for example after another one has left the stage it waits for. */
export function advance(snapshot: Snapshot, moment: Moment): Decision {
  return finish(snapshot, moment, [], undefined);
}

/**
 * Returns the decision made of an event's own changes and everything that follows from them. A stage that is rolled
 * back comes first in `then`, so that no waiter enters it before, then the next entrants of the freed and opened
 * stages.
 */
export function finish<Answer>(
  snapshot: Snapshot,
  moment: Moment,
  changes: Change[],
  answer: Answer,
): Decision<Answer> {
  const draft = tick(record(draftOf(snapshot, moment), changes));
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
  const entrants = occupancy.filter((stage) => freed.has(stage.stageName)).flatMap(nextEntrants);
  return {
    changes: [...draft.changes],
    answer,
    after: draft.snapshot,
    then: [...rollbacks, ...entrants.map((executionId) => ({ executionId, decide: advance }))],
  };
}

/**
 * Decides on the target of an automatic rollback. If it cannot be rolled back to, the stage stays failed (behaviour
 * C.7).
 */
function rollBackAfter({ stageName, executionId: failedId }: { stageName: string; executionId: string }) {
  return (snapshot: Snapshot, moment: Moment): Decision => {
    const { execution: target } = snapshot;
    if (!target || rollbackObstacle(snapshot, target, stageName) !== undefined)
      return { changes: [], answer: undefined };
    const triggerDetail = JSON.stringify({ FailedPipelineExecutionId: failedId });
    const trigger = { triggerType: 'AutomatedRollback', triggerDetail } as const;
    const { changes } = startRollback(snapshot, target, { stageName, trigger }, moment);
    return finish(snapshot, moment, changes, undefined);
  };
}
