import type { Change } from '../../../src/model/change.ts';
import type { Execution, Rollback } from '../../../src/model/execution.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import type { Harness } from '../engine/harness.ts';
import { lastSuccess } from '../engine/harness-rows.ts';
import { must } from './must.ts';

/** Returns the stages, except the first, that an execution can roll back (behaviour C.7). */
export function rollbackStages(
  harness: Harness,
  { pipelineVersion, rollback, stages }: ExecutionSnapshot,
): readonly string[] {
  if (pipelineVersion !== harness.declaration().version || rollback) return [];
  return stages
    .slice(1)
    .filter(({ status }) => status === 'Succeeded')
    .map(({ stageName }) => stageName);
}

/** A rollback has a valid target, and the outputs of the latest attempts in its earlier stages. */
export function checkRollback(harness: Harness, execution: Execution, rollback: Rollback): void {
  const { stageName } = rollback;
  const target = harness.execution(rollback.targetExecutionId);
  must(
    rollbackStages(harness, target).includes(stageName),
    'a target has succeeded in the stage, in this version, and is not a rollback',
    target,
  );
  const { stages, version } = harness.declaration();
  const earlier = stages.slice(
    0,
    stages.findIndex(({ name }) => name === stageName),
  );
  const newest = earlier.flatMap(({ actions }) =>
    actions.flatMap(({ name }) => target.actions.findLast(({ actionName }) => actionName === name) ?? []),
  );
  const wanted = placesOf(newest.flatMap(({ start }) => start.outputArtifacts));
  const isLike =
    JSON.stringify(placesOf(rollback.artifacts)) === JSON.stringify(wanted) &&
    JSON.stringify([execution.variables, execution.revisions]) === JSON.stringify([target.variables, target.revisions]);
  must(isLike, 'a rollback has the artifacts that its target had before the stage', { rollback, wanted });
  if (execution.trigger.triggerType === 'AutomatedRollback') {
    const isNewest = lastSuccess(harness.executions(), stageName, version) === target.id;
    must(isNewest, 'an automatic rollback targets the last success in the stage', { rollback });
  }
}

/** Checks that automatic rollbacks happen if there is a target. */
export function createRollbackWatch() {
  let due: string[] = [];
  return {
    record(harness: Harness, change: Change, { executionMode }: ExecutionSnapshot): void {
      if (change.kind === 'executionStarted') due = due.filter((name) => name !== change.execution.rollback?.stageName);
      if (change.kind !== 'stageEnded' || !change.isRolledBack) return;
      const target = lastSuccess(harness.executions(), change.stageName, harness.declaration().version);
      // In other modes the limit may prevent it.
      if (target !== undefined && executionMode === 'SUPERSEDED') due.push(change.stageName);
    },
    /** After a step no rollback may be pending. */
    check(): void {
      must(due.length === 0, 'a declared automatic rollback happens', due);
    },
  };
}

function placesOf(artifacts: { objectKey: string }[]): string[] {
  return artifacts.map(({ objectKey }) => objectKey).sort();
}
