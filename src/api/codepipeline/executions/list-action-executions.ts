import type { ActionExecutionDetail, ActionType, ActionTypeId } from '../../../contract/generated.ts';
import { actionTypeKey, isManualApproval } from '../../../model/action-type.ts';
import type { ListedActionExecution } from '../../../store/store.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';
import { maskSecrets } from '../pipelines/secrets.ts';
import { type ShownValues, showHistory } from '../pipelines/shown-values.ts';
import { pipelineOf } from '../resources.ts';
import { readHistoryPage } from './history-page.ts';
import { toArtifactDetail } from './show-execution.ts';
import { fillTemplate } from './url-templates.ts';

/** Lists executions of actions, latest start first, with the configuration as declared and as resolved. */
export const listActionExecutions = operation('ListActionExecutions', {
  note: 'complete for supported declarations',
  resources: pipelineOf,
  async run(input, call, dependencies) {
    const { store } = dependencies;
    const pipeline = await findPipeline(input.pipelineName, call, dependencies);
    const { items, nextToken } = await readHistoryPage('ListActionExecutions', input, pipeline, dependencies);
    const found = await store.actionTypes.findAll(call, typesOf(items));
    const types = new Map(found.map(({ definition }) => [actionTypeKey(definition.id), definition]));
    const actionExecutionDetails = await showHistory(items, pipeline, dependencies, (action, shown) =>
      toDetail(action, shown, { region: call.region, type: types.get(actionTypeKey(action.start.actionTypeId)) }),
    );
    return { actionExecutionDetails, nextToken };
  },
});

/** Returns the distinct types of some attempts. */
function typesOf(actions: ListedActionExecution[]): ActionTypeId[] {
  const ids = actions.map(({ start }) => start.actionTypeId as ActionTypeId);
  return [...new Map(ids.map((id) => [actionTypeKey(id), id])).values()];
}

function toDetail(
  action: ListedActionExecution,
  shown: ShownValues,
  { region, type }: { region: string; type?: ActionType },
): ActionExecutionDetail {
  const { start, progress, error } = action;
  const isApproval = isManualApproval(start.actionTypeId);
  const result = {
    externalExecutionId: isApproval ? action.id : progress.externalExecutionId,
    externalExecutionUrl: fillTemplate(type?.settings?.executionUrlTemplate, type, {
      configuration: shown.resolvedConfiguration,
      externalExecutionId: progress.externalExecutionId,
    }),
    externalExecutionSummary: error?.message ?? progress.summary,
    errorDetails: error,
    logStreamARN: progress.logStreamArn,
  };
  return {
    pipelineExecutionId: action.executionId,
    actionExecutionId: action.id,
    pipelineVersion: action.pipelineVersion,
    stageName: action.stageName,
    actionName: action.actionName,
    startTime: toSeconds(action.startedAt),
    lastUpdateTime: toSeconds(action.updatedAt),
    status: action.status,
    updatedBy: action.updatedBy,
    input: {
      actionTypeId: start.actionTypeId as ActionTypeId,
      configuration: maskSecrets(start.configuration),
      resolvedConfiguration: shown.resolvedConfiguration,
      roleArn: start.roleArn,
      region: start.region ?? region,
      inputArtifacts: start.inputArtifacts.map(toArtifactDetail),
      namespace: start.namespace,
    },
    output: {
      outputArtifacts: start.outputArtifacts.map(toArtifactDetail),
      // Clients read the token of a waiting approval here if GetPipelineState does not show it (behaviour C.14).
      executionResult: action.status === 'InProgress' && !isApproval ? undefined : result,
      outputVariables: shown.outputVariables,
    },
  };
}
