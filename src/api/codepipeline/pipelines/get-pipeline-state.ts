import type {
  ActionState,
  ActionType,
  RetryStageMetadata,
  StageState,
  TransitionState,
} from '../../../contract/generated.ts';
import type { SecretMask } from '../../../masking/secret-mask.ts';
import { actionTypeKey, isManualApproval } from '../../../model/action-type.ts';
import type { ActionExecution, StageExecution } from '../../../model/execution.ts';
import type { Pipeline, StoredAction, StoredDeclaration, StoredStage, Transition } from '../../../model/pipeline.ts';
import type { StageOccupancy } from '../../../model/snapshot.ts';
import { type UnobeyedMember, unobeyedMembers } from '../../../model/unobeyed-members.ts';
import type { CheckedCondition, StagePassage } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { toSeconds } from '../../seconds.ts';
import { fillTemplate } from '../executions/url-templates.ts';
import { operation } from '../operation.ts';
import { namedPipeline } from '../resources.ts';
import { conditionState, declaredConditions } from './condition-state.ts';
import { findDeclaredPipeline } from './find-pipeline.ts';
import { maskOf } from './secret-masks.ts';
import { showConfiguration } from './shown-values.ts';

/**
 * The live state of every stage and action, in the order of the declaration (behaviour C.16). PARALLEL executions do not
 * appear in it (behaviour C.2.3).
 */
export const getPipelineState = operation('GetPipelineState', {
  note: 'complete for supported declarations',
  resources: namedPipeline,
  async run(input, call, parts) {
    const { pipeline, declaration } = await findDeclaredPipeline(input.name, call, parts);
    const names = declaration.stages.map(({ name }) => name);
    const occupancy = await parts.store.executions.occupancy(pipeline.id, names);
    const newest = await readNewest(pipeline, declaration, call, parts);
    let mask: SecretMask | undefined;
    const maskOfAll = () => {
      mask ??= maskOf({}, declaration, pipeline, parts.sealer);
      return mask;
    };
    const show: ShowConfiguration = ({ start }, settings = {}) => {
      const templates = Object.values(settings).join();
      return showConfiguration(start, maskOfAll, (key) => templates.includes(`{Config:${key}}`));
    };
    const stageStates = declaration.stages.map((stage, index) => stageState(stage, occupancy[index], newest, show));
    return {
      pipelineName: pipeline.name,
      pipelineVersion: pipeline.version,
      stageStates,
      created: toSeconds(pipeline.createdAt),
      updated: toSeconds(pipeline.updatedAt),
    };
  },
});

/** The configuration of an attempt as the URLs of its type may show it. */
type ShowConfiguration = (attempt: ActionExecution, settings: ActionType['settings']) => Record<string, string>;

/** The newest of everything the pipeline declares, found for all stages at once. */
interface Newest {
  passages: StagePassage[];
  /** By stage and action, as names of actions repeat in other stages. */
  attempts: Map<string, ActionExecution>;
  checks: CheckedCondition[];
  types: Map<string, ActionType>;
  unobeyed: UnobeyedMember[];
}

async function readNewest(
  pipeline: Pipeline,
  declaration: StoredDeclaration,
  call: Call,
  { store }: Dependencies,
): Promise<Newest> {
  const { stages } = declaration;
  const declared = stages.flatMap(({ name, actions }) => actions.map((action) => ({ stageName: name, action })));
  const names = declared.map(({ stageName, action }) => ({ stageName, actionName: action.name }));
  const [passages, attempts, checks, types] = await Promise.all([
    store.executions.newestStages(
      pipeline.id,
      stages.map(({ name }) => name),
    ),
    store.executions.newestActions(pipeline.id, names),
    store.executions.newestConditions(pipeline.id, stages.flatMap(declaredConditions)),
    store.actionTypes.findAll(
      call,
      declared.map(({ action }) => action.actionTypeId),
    ),
  ]);
  return {
    passages,
    checks,
    unobeyed: unobeyedMembers(declaration, pipeline.region),
    attempts: new Map(attempts.map((attempt) => [`${attempt.stageName}/${attempt.actionName}`, attempt])),
    types: new Map(types.map(({ definition }) => [actionTypeKey(definition.id), definition])),
  };
}

function stageState(
  stage: StoredStage,
  occupancy: StageOccupancy | undefined,
  { passages, attempts, checks, types, unobeyed }: Newest,
  show: ShowConfiguration,
): StageState {
  const newest = passages.find(({ stageName }) => stageName === stage.name);
  const actionStates = stage.actions.map((action) =>
    actionState(action, types.get(actionTypeKey(action.actionTypeId)), attempts.get(`${stage.name}/${action.name}`), {
      show,
      notice: unobeyed.find((member) => member.stageName === stage.name && member.name === action.name)?.notice,
    }),
  );
  return {
    stageName: stage.name,
    inboundExecutions: [...(occupancy?.expired ?? []), ...(occupancy?.waiting ?? [])].map((pipelineExecutionId) => ({
      pipelineExecutionId,
      status: 'InProgress',
    })),
    inboundTransitionState: transitionState(occupancy?.transition),
    actionStates,
    beforeEntryConditionState: conditionState(stage, 'beforeEntry', checks),
    onSuccessConditionState: conditionState(stage, 'onSuccess', checks),
    onFailureConditionState: conditionState(stage, 'onFailure', checks),
    retryStageMetadata: newest && retryMetadata(newest),
    latestExecution: newest && {
      pipelineExecutionId: newest.executionId,
      status: newest.status,
      type: newest.isRollback ? 'ROLLBACK' : undefined,
    },
  };
}

/** How often each kind of retry has happened; nothing for a first attempt. */
function retryMetadata({ manualRetries, automaticRetries, latestRetry }: StageExecution) {
  if (latestRetry === undefined) return undefined;
  const metadata: RetryStageMetadata = {
    manualStageRetryAttempt: manualRetries || undefined,
    autoStageRetryAttempt: automaticRetries || undefined,
    latestRetryTrigger: latestRetry,
  };
  return metadata;
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
  { show, notice }: { show: ShowConfiguration; notice: string | undefined },
): ActionState {
  const { settings } = type ?? {};
  const configuration = execution ? show(execution, settings) : declared.configuration;
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
      // The one place of an action's state for what is not obeyed; a summary of its own says more.
      summary: progress.summary ?? notice,
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
