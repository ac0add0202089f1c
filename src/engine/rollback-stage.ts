import type { Decision } from '../model/decision.ts';
import type { Execution, Rollback } from '../model/execution.ts';
import type { Moment } from '../model/moment.ts';
import type { ExecutionSnapshot, Snapshot } from '../model/snapshot.ts';
import { draftOf, record } from './draft.ts';
import { overLimit } from './execution-limit.ts';
import { modeOf } from './modes/index.ts';
import { conclude, tick } from './tick.ts';

/** Which stage is to run again as it did in which execution, and who asks. */
export interface RollbackRequest {
  stageName: string;
  targetExecutionId: string;
  callerArn: string;
}

/**
 * Starts an execution that runs this one stage with what the target had before it: artifacts, variables, revisions
 * (behaviour C.7). It enters at once, past a closed way and whoever waits before it. The snapshot is of the target.
 * Answers the new execution's id.
 */
export function rollbackStage(snapshot: Snapshot, request: RollbackRequest, moment: Moment): Decision<string> {
  const { execution: target, pipeline } = snapshot;
  if (!target) {
    return {
      refuse: 'PipelineExecutionNotFoundException',
      message: `Target Pipeline Execution with id '${request.targetExecutionId}' does not exist in pipeline with name '${pipeline.name}'`,
    };
  }
  if (target.pipelineVersion !== pipeline.version) {
    return {
      refuse: 'PipelineExecutionOutdatedException',
      message: `Pipeline '${pipeline.name}' has been updated since the rollback request was made.`,
    };
  }
  const message = obstacle(snapshot, target, request.stageName);
  if (message !== undefined) return { refuse: 'UnableToRollbackStageException', message };
  const execution = rollbackTo(snapshot, target, request, moment);
  const entered = record(
    draftOf(snapshot, moment),
    { kind: 'executionStarted', execution },
    {
      kind: 'stageEntered',
      executionId: execution.id,
      stageName: request.stageName,
      isLocking: modeOf(execution).locksStages,
    },
  );
  return conclude(tick(entered, moment), execution.id);
}

/** Why the stage cannot be rolled back now; the first two texts and that of the limit are ours. */
function obstacle(snapshot: Snapshot, target: ExecutionSnapshot, stageName: string): string | undefined {
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

function rollbackTo(
  snapshot: Snapshot,
  target: ExecutionSnapshot,
  { stageName, callerArn }: RollbackRequest,
  moment: Moment,
): Execution {
  return {
    id: moment.newId(),
    pipelineVersion: target.pipelineVersion,
    executionMode: snapshot.declaration.executionMode,
    status: 'InProgress',
    trigger: { triggerType: 'ManualRollback', triggerDetail: JSON.stringify({ AwsUserArn: callerArn }) },
    variables: target.variables,
    sourceBindings: [],
    revisions: target.revisions,
    rollback: whatWasBefore(snapshot, target, stageName),
    startedAt: moment.at,
    updatedAt: moment.at,
  };
}

/** What the actions of the stages before this one had produced in the target. */
function whatWasBefore({ declaration }: Snapshot, target: ExecutionSnapshot, stageName: string): Rollback {
  const names = declaration.stages.map(({ name }) => name);
  const before = new Set(names.slice(0, names.indexOf(stageName)));
  const actions = target.actions.filter(
    (action) => before.has(action.stageName) && action.status === 'Succeeded' && !action.isRetried,
  );
  return {
    targetExecutionId: target.id,
    stageName,
    artifacts: actions.flatMap(({ start }) => start.outputArtifacts),
    namespaces: actions.flatMap(({ start, outputVariables = {} }) =>
      start.namespace === undefined ? [] : [{ name: start.namespace, variables: outputVariables }],
    ),
  };
}
