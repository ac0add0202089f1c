import type { Change } from '../../model/change.ts';
import type { Moment } from '../../model/decision.ts';
import type { Execution, Rollback } from '../../model/execution.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { referencesIn } from '../../model/variable-reference.ts';
import { modeOf, overLimit } from '../modes/index.ts';

/** Starts a rollback to `target`. It enters its stage despite a disabled transition and ahead of waiting executions. */
export function startRollback(
  snapshot: Snapshot,
  target: ExecutionSnapshot,
  rollback: { stageName: string; trigger: Execution['trigger'] },
  moment: Moment,
): { executionId: string; changes: Change[] } {
  const execution = rollbackTo(snapshot, target, rollback, moment);
  return {
    executionId: execution.id,
    changes: [
      { kind: 'executionStarted', execution },
      {
        kind: 'stageEntered',
        executionId: execution.id,
        stageName: rollback.stageName,
        isLocking: modeOf(execution).locksStages,
      },
    ],
  };
}

/** Returns why the stage cannot be rolled back now; the first two texts and that of the limit are ours. */
export function rollbackObstacle(snapshot: Snapshot, target: ExecutionSnapshot, stageName: string): string | undefined {
  const { pipeline, declaration, occupancy } = snapshot;
  if (declaration.pipelineType !== 'V2') {
    return `Pipeline '${pipeline.name}' cannot start rollback: stages of V2 pipelines only can be rolled back.`;
  }
  if (declaration.stages[0]?.name === stageName) {
    return `Pipeline '${pipeline.name}' cannot start rollback: stage ${stageName} is its source stage.`;
  }
  const completed = target.stages.find((stage) => stage.stageName === stageName);
  if (target.rollback || completed?.status !== 'Succeeded') {
    return `Target Pipeline Execution with id '${target.id}' has not completed in stage with name '${stageName}'`;
  }
  const { holder } = occupancy.find((stage) => stage.stageName === stageName) ?? {};
  if (holder !== undefined && modeOf(declaration).locksStages) {
    return `Pipeline '${pipeline.name}' cannot start rollback since stage ${stageName} is in progress.`;
  }
  // The operation declares no error of its own for the limit.
  return overLimit(snapshot, declaration.executionMode)?.message;
}

/**
 * Makes an execution that runs one stage with the target's earlier artifacts, variables and revisions (behaviour C.7).
 */
function rollbackTo(
  snapshot: Snapshot,
  target: ExecutionSnapshot,
  { stageName, trigger }: { stageName: string; trigger: Execution['trigger'] },
  moment: Moment,
): Execution {
  return {
    id: moment.newId(),
    pipelineVersion: target.pipelineVersion,
    executionMode: snapshot.declaration.executionMode,
    status: 'InProgress',
    trigger,
    variables: target.variables,
    sourceBindings: [],
    revisions: target.revisions,
    rollback: inputsOfStage(snapshot, target, stageName),
    startedAt: moment.at,
    updatedAt: moment.at,
  };
}

/**
 * Collects what the target's earlier stages produced. Each rollback stores a copy, so variables are limited to those
 * that the stage refers to.
 */
function inputsOfStage({ declaration }: Snapshot, target: ExecutionSnapshot, stageName: string): Rollback {
  const names = declaration.stages.map(({ name }) => name);
  const before = new Set(names.slice(0, names.indexOf(stageName)));
  const actions = target.actions.filter(
    (action) => before.has(action.stageName) && action.status === 'Succeeded' && !action.isRetried,
  );
  const stage = declaration.stages.find(({ name }) => name === stageName);
  const wanted = new Set(referencesIn(JSON.stringify(stage)).map(({ text }) => text));
  const wantedOf = (namespace: string, variables: Record<string, string>) =>
    Object.fromEntries(Object.entries(variables).filter(([key]) => wanted.has(`#{${namespace}.${key}}`)));
  return {
    targetExecutionId: target.id,
    stageName,
    artifacts: actions.flatMap(({ start }) => start.outputArtifacts),
    namespaces: actions.flatMap(({ start: { namespace }, outputVariables = {} }) =>
      namespace === undefined ? [] : [{ name: namespace, variables: wantedOf(namespace, outputVariables) }],
    ),
  };
}
