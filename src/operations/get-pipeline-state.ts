import type { ActionState, ActionType, StageState, TransitionState } from '../contract/generated.ts';
import { isManualApproval } from '../model/action-type.ts';
import type { ActionExecution } from '../model/execution.ts';
import type { Pipeline, StoredAction, StoredStage } from '../model/pipeline.ts';
import type { StageOccupancy } from '../model/snapshot.ts';
import type { Transition } from '../model/transition.ts';
import { findDeclaredPipeline } from './find-pipeline.ts';
import type { Call, Operation, Parts } from './operation.ts';
import { toSeconds } from './seconds.ts';
import { fillTemplate } from './url-templates.ts';

/**
 * The live state of every stage and action, in the order of the declaration (behaviour C.16). PARALLEL executions do not
 * appear in it (behaviour C.2.3).
 */
export const getPipelineState: Operation<'GetPipelineState'> = async (input, call, parts) => {
  const { pipeline, declaration } = await findDeclaredPipeline(input.name, call, parts);
  const names = declaration.stages.map(({ name }) => name);
  const occupancy = await parts.store.executions.occupancy(pipeline.id, names);
  const stageStates = await Promise.all(
    declaration.stages.map((stage, index) => stageState(pipeline, stage, occupancy[index], call, parts)),
  );
  return {
    pipelineName: pipeline.name,
    pipelineVersion: pipeline.version,
    stageStates,
    created: toSeconds(pipeline.createdAt),
    updated: toSeconds(pipeline.updatedAt),
  };
};

async function stageState(
  pipeline: Pipeline,
  stage: StoredStage,
  occupancy: StageOccupancy | undefined,
  call: Call,
  parts: Parts,
): Promise<StageState> {
  const newest = await parts.store.executions.newestStage(pipeline.id, stage.name);
  const actionStates = await Promise.all(
    stage.actions.map(async (action) => {
      const type = await parts.store.actionTypes.find(call, action.actionTypeId);
      const execution = await parts.store.executions.newestAction(pipeline.id, stage.name, action.name);
      return actionState(action, type?.definition, execution);
    }),
  );
  return {
    stageName: stage.name,
    inboundExecutions: [...(occupancy?.lapsed ?? []), ...(occupancy?.waiting ?? [])].map((pipelineExecutionId) => ({
      pipelineExecutionId,
      status: 'InProgress',
    })),
    inboundTransitionState: transitionState(occupancy?.transition),
    actionStates,
    retryStageMetadata: newest?.manualRetries
      ? { manualStageRetryAttempt: newest.manualRetries, latestRetryTrigger: 'ManualStageRetry' }
      : undefined,
    latestExecution: newest && {
      pipelineExecutionId: newest.executionId,
      status: newest.status,
      type: newest.isRollback ? 'ROLLBACK' : undefined,
    },
  };
}

function transitionState(transition: Transition | undefined): TransitionState {
  if (!transition) return { enabled: true };
  const { enabled, disabledReason, changedBy, changedAt } = transition;
  return { enabled, disabledReason, lastChangedBy: changedBy, lastChangedAt: toSeconds(changedAt) };
}

function actionState(
  declared: StoredAction,
  type: ActionType | undefined,
  execution: ActionExecution | undefined,
): ActionState {
  const configuration = execution?.start.resolvedConfiguration ?? declared.configuration;
  const { settings } = type ?? {};
  const state: ActionState = {
    actionName: declared.name,
    entityUrl: fillTemplate(settings?.entityUrlTemplate, type, { configuration }),
    revisionUrl: fillTemplate(settings?.revisionUrlTemplate, type, { configuration }),
  };
  if (!execution) return state;
  const { progress, currentRevision } = execution;
  const isWaiting = execution.status === 'InProgress' && isManualApproval(declared.actionTypeId);
  return {
    ...state,
    currentRevision: currentRevision && {
      revisionId: currentRevision.revision,
      revisionChangeId: currentRevision.changeIdentifier,
      created: currentRevision.created ?? toSeconds(execution.updatedAt),
    },
    latestExecution: {
      actionExecutionId: execution.id,
      status: execution.status,
      summary: progress.summary,
      lastStatusChange: toSeconds(execution.updatedAt),
      token: isWaiting ? execution.id : undefined,
      lastUpdatedBy: execution.updatedBy,
      externalExecutionId: progress.externalExecutionId,
      externalExecutionUrl: fillTemplate(settings?.executionUrlTemplate, type, {
        configuration,
        externalExecutionId: progress.externalExecutionId,
      }),
      percentComplete: progress.percentComplete,
      errorDetails: execution.error,
    },
  };
}
