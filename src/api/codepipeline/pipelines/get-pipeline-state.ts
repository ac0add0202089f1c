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
import { type UnobeyedMember, unobeyedMembers } from '../../../model/pipeline.ts';
import type { StageOccupancy } from '../../../model/snapshot.ts';
import type { SourceFailure } from '../../../model/sources/source-watch.ts';
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
 * Returns the live state of every stage and action in declared order (behaviour C.16), without PARALLEL executions
 * (behaviour C.2.3).
 */
export const getPipelineState = operation('GetPipelineState', {
  note: 'complete for supported declarations',
  resources: namedPipeline,
  async run(input, call, dependencies) {
    const { pipeline, declaration } = await findDeclaredPipeline(input.name, call, dependencies);
    const names = declaration.stages.map(({ name }) => name);
    const occupancy = await dependencies.store.executions.occupancy(pipeline.id, names);
    const latest = await readLatest(pipeline, declaration, call, dependencies);
    let mask: SecretMask | undefined;
    const maskOfAll = () => {
      mask ??= maskOf({}, declaration, pipeline, dependencies.sealer);
      return mask;
    };
    const show: ShowConfiguration = ({ start }, settings = {}) => {
      const templates = Object.values(settings).join();
      return showConfiguration(start, maskOfAll, (key) => templates.includes(`{Config:${key}}`));
    };
    const stageStates = declaration.stages.map((stage, index) => stageState(stage, occupancy[index], latest, show));
    return {
      pipelineName: pipeline.name,
      pipelineVersion: pipeline.version,
      stageStates,
      created: toSeconds(pipeline.createdAt),
      updated: toSeconds(pipeline.updatedAt),
    };
  },
});

/** Returns the configuration of an attempt as the URLs of its type may show it. */
type ShowConfiguration = (attempt: ActionExecution, settings: ActionType['settings']) => Record<string, string>;

/** The latest runs of everything the pipeline declares, read for all stages together. */
interface Latest {
  passages: StagePassage[];
  /** By stage and action: stages may use the same action names. */
  attempts: Map<string, ActionExecution>;
  checks: CheckedCondition[];
  types: Map<string, ActionType>;
  unobeyed: UnobeyedMember[];
  /** Why sources can't be polled at present, by action. */
  failures: Map<string, SourceFailure>;
}

async function readLatest(
  pipeline: Pipeline,
  declaration: StoredDeclaration,
  call: Call,
  { store }: Dependencies,
): Promise<Latest> {
  const { stages } = declaration;
  const declared = stages.flatMap(({ name, actions }) => actions.map((action) => ({ stageName: name, action })));
  const names = declared.map(({ stageName, action }) => ({ stageName, actionName: action.name }));
  const [passages, attempts, checks, failures, types] = await Promise.all([
    store.executions.latestStages(
      pipeline.id,
      stages.map(({ name }) => name),
    ),
    store.executions.latestActions(pipeline.id, names),
    store.executions.latestConditions(pipeline.id, stages.flatMap(declaredConditions)),
    store.sourceWatches.failures(pipeline.id),
    store.actionTypes.findAll(
      call,
      declared.map(({ action }) => action.actionTypeId),
    ),
  ]);
  return {
    passages,
    checks,
    failures,
    unobeyed: unobeyedMembers(declaration, pipeline.region),
    attempts: new Map(attempts.map((attempt) => [`${attempt.stageName}/${attempt.actionName}`, attempt])),
    types: new Map(types.map(({ definition }) => [actionTypeKey(definition.id), definition])),
  };
}

function stageState(
  stage: StoredStage,
  occupancy: StageOccupancy | undefined,
  { passages, attempts, checks, types, unobeyed, failures }: Latest,
  show: ShowConfiguration,
): StageState {
  const passage = passages.find(({ stageName }) => stageName === stage.name);
  const actionStates = stage.actions.map((action) =>
    actionState(action, types.get(actionTypeKey(action.actionTypeId)), attempts.get(`${stage.name}/${action.name}`), {
      show,
      failure: action.actionTypeId.category === 'Source' ? failures.get(action.name) : undefined,
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
    retryStageMetadata: passage && retryMetadata(passage),
    latestExecution: passage && {
      pipelineExecutionId: passage.executionId,
      status: passage.status,
      type: passage.isRollback ? 'ROLLBACK' : undefined,
    },
  };
}

/** Counts retries by kind; undefined for a first attempt. */
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
  {
    show,
    notice,
    failure,
  }: { show: ShowConfiguration; notice: string | undefined; failure: SourceFailure | undefined },
): ActionState {
  const { settings } = type ?? {};
  const configuration = execution ? show(execution, settings) : declared.configuration;
  const state: ActionState = {
    actionName: declared.name,
    entityUrl: fillTemplate(settings?.entityUrlTemplate, type, { configuration }),
    revisionUrl: fillTemplate(settings?.revisionUrlTemplate, type, { configuration }),
  };
  // A source that can't be polled has no execution that failed (behaviour C.11).
  if (failure && (!execution || (execution.status !== 'InProgress' && execution.updatedAt < failure.at))) {
    const { code, message, at } = failure;
    const errorDetails = { code, message };
    return { ...state, latestExecution: { status: 'Failed', lastStatusChange: toSeconds(at), errorDetails } };
  }
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
      // An action's state has no other member for a notice about ignored settings; a summary from the worker takes
      // precedence.
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
      logStreamARN: progress.logStreamArn,
    },
  };
}
