import type { Change } from '../../model/change.ts';
import type { Execution, Rollback } from '../../model/execution.ts';
import type { Moment } from '../../model/moment.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { referencesIn } from '../../model/variable-reference.ts';
import { modeOf } from '../modes/index.ts';
import { overLimit } from '../tick/execution-limit.ts';

/** The start of a rollback to `target`, which enters its stage past a closed way and whoever waits before it. */
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

/** Why the stage cannot be rolled back now; the first two texts and that of the limit are ours. */
export function rollbackObstacle(snapshot: Snapshot, target: ExecutionSnapshot, stageName: string): string | undefined {
  const { pipeline, declaration, occupancy } = snapshot;
  if (declaration.pipelineType !== 'V2') {
    return `Pipeline '${pipeline.name}' cannot start rollback: stages of V2 pipelines only can be rolled back.`;
  }
  if (declaration.stages[0]?.name === stageName) {
    return `Pipeline '${pipeline.name}' cannot start rollback: stage ${stageName} is its source stage.`;
  }
  const passage = target.stages.find((stage) => stage.stageName === stageName);
  if (target.rollback || passage?.status !== 'Succeeded') {
    return `Target Pipeline Execution with id '${target.id}' has not completed in stage with name '${stageName}'`;
  }
  const { holder } = occupancy.find((stage) => stage.stageName === stageName) ?? {};
  if (holder !== undefined && modeOf(declaration).locksStages) {
    return `Pipeline '${pipeline.name}' cannot start rollback since stage ${stageName} is in progress.`;
  }
  // The operation declares no error of its own for the limit.
  return overLimit(snapshot, declaration.executionMode)?.message;
}

/** An execution that runs the stage with what the target had before it: artifacts, variables, revisions (behaviour C.7). */
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
    rollback: whatWasBefore(snapshot, target, stageName),
    startedAt: moment.at,
    updatedAt: moment.at,
  };
}

/**
 * What the actions of the stages before this one had produced in the target; of the variables only those that the stage
 * refers to, since each rollback keeps a copy.
 */
function whatWasBefore({ declaration }: Snapshot, target: ExecutionSnapshot, stageName: string): Rollback {
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
