import type { Change } from '../../src/model/change.ts';
import type { SourceRevision } from '../../src/model/execution.ts';
import type { StoredDeclaration } from '../../src/model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../../src/model/snapshot.ts';

/** Whether some execution was bound to the revision or has recorded it. */
export function isKnown(executions: ExecutionSnapshot[], { actionName, revisionId }: SourceRevision): boolean {
  return executions.some((one) =>
    [...one.sourceBindings, ...one.revisions].some(
      (met) => met.actionName === actionName && met.revisionId === revisionId,
    ),
  );
}

/** The last of the rows that match; throws when none does. */
export function newest<T>(rows: T[], matches: (row: T) => boolean): T {
  const found = rows.findLast(matches);
  if (!found) throw new Error('no such row');
  return found;
}

/** The execution a change is about. */
export function subjectOf(change: Change, executions: ExecutionSnapshot[]): string {
  if ('executionId' in change) return change.executionId;
  const owner = executions.findLast(({ actions, jobs }) =>
    change.kind === 'jobEnded'
      ? jobs.some(({ id }) => id === change.jobId)
      : 'action' in change && actions.some(({ id }) => id === change.action.id),
  );
  if (!owner) throw new Error(`${change.kind} is about no execution`);
  return owner.id;
}

/** The stages of the declaration in its order, then occupied ones that only other versions have. */
export function occupancyOf(executions: ExecutionSnapshot[], { stages }: StoredDeclaration): StageOccupancy[] {
  const lockedBy = ({ stages: passed }: ExecutionSnapshot) => passed.filter(({ isLocking }) => isLocking);
  const occupied = executions.flatMap((one) => [
    ...lockedBy(one).map(({ stageName }) => stageName),
    ...(one.waitingStage === undefined ? [] : [one.waitingStage]),
  ]);
  return [...new Set([...stages.map(({ name }) => name), ...occupied])].map((stageName) => ({
    stageName,
    holder: executions.find((one) => lockedBy(one).some((locked) => locked.stageName === stageName))?.id,
    waiting: executions.filter(({ waitingStage }) => waitingStage === stageName).map(({ id }) => id),
  }));
}

/** `apply` keeps the occupancy in step with the executions; the store reads it from their rows. */
export function assertSameOccupancy(applied: Snapshot, derived: Snapshot): void {
  const occupied = ({ occupancy }: Snapshot) =>
    JSON.stringify(occupancy.filter(({ holder, waiting }) => holder !== undefined || waiting.length > 0));
  if (occupied(applied) !== occupied(derived)) {
    throw new Error(`apply and rows disagree: ${occupied(applied)} ${occupied(derived)}`);
  }
}
