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

/** The newest execution that has succeeded in a stage under a version and is no rollback; `executions` oldest first. */
export function lastSuccess(executions: ExecutionSnapshot[], stageName: string, version: number): string | undefined {
  const found = executions.findLast(
    (execution) =>
      execution.pipelineVersion === version &&
      !execution.rollback &&
      execution.stages.some((stage) => stage.stageName === stageName && stage.status === 'Succeeded'),
  );
  return found?.id;
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

/**
 * The stages of the declaration in its order, then occupied ones that only other versions have. An ended execution is in
 * no place: `checkSettled` sees to that.
 */
export function occupancyOf(
  running: ExecutionSnapshot[],
  { stages }: StoredDeclaration,
  arrivals: ReadonlyMap<string, number>,
): StageOccupancy[] {
  const held = running.flatMap(({ id, stages: passed }) =>
    passed.filter(({ isLocking }) => isLocking).map(({ stageName }) => ({ id, stageName })),
  );
  const waiters = running
    .filter((one) => one.waitingStage !== undefined && !(one.hasLapsed && one.executionMode === 'PARALLEL'))
    .sort((one, other) => (arrivals.get(one.id) ?? 0) - (arrivals.get(other.id) ?? 0));
  const queue = (stageName: string, matches: (one: ExecutionSnapshot) => boolean) =>
    waiters.filter((one) => one.waitingStage === stageName && matches(one)).map(({ id }) => id);
  const occupied = [...held.map(({ stageName }) => stageName), ...waiters.flatMap((one) => one.waitingStage ?? [])];
  return [...new Set([...stages.map(({ name }) => name), ...occupied])].map((stageName) => ({
    stageName,
    holder: held.find((one) => one.stageName === stageName)?.id,
    waiting: queue(stageName, ({ hasLapsed, executionMode }) => !hasLapsed && executionMode !== 'PARALLEL'),
    lapsed: queue(stageName, ({ hasLapsed }) => hasLapsed === true),
    waitingParallel: queue(stageName, ({ hasLapsed, executionMode }) => !hasLapsed && executionMode === 'PARALLEL'),
  }));
}

/** `apply` keeps the occupancy in step with the executions; the store reads it from their rows. */
export function assertSameOccupancy(applied: Snapshot, derived: Snapshot): void {
  const occupied = ({ occupancy }: Snapshot) =>
    JSON.stringify(
      occupancy.filter(
        ({ holder, waiting, lapsed, waitingParallel }) =>
          holder !== undefined || waiting.length + lapsed.length + waitingParallel.length > 0,
      ),
    );
  const isCounted = applied.runningExecutions === derived.runningExecutions;
  if (!isCounted || occupied(applied) !== occupied(derived)) {
    throw new Error(`apply and rows disagree: ${occupied(applied)} ${occupied(derived)}`);
  }
}
