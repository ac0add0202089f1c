import type { ActionTypeId, ArtifactStore, ErrorDetails } from '../../contract/generated.ts';
import {
  actionTypeKey,
  actionTypePhrase,
  type CataloguedActionType,
  isManualApproval,
  queryableProperty,
} from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { Moment } from '../../model/decision.ts';
import type { ActionExecution, ActionStart } from '../../model/execution.ts';
import type { StoredAction, StoredDeclaration, StoredStage } from '../../model/pipeline.ts';
import { isPerformedHere, queueOf } from '../../model/queue-key.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { type ActionInputs, maxResolvedConfiguration, resolveInputs } from './action-inputs.ts';

/**
 * Starts one attempt of an action: resolves its configuration, finds its inputs, assigns new object keys to its outputs
 * and queues its job; a manual approval waits without one. If it cannot start, it fails with a ConfigurationError.
 */
export function startAction(
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  stage: StoredStage,
  declared: StoredAction,
  moment: Moment,
): Change[] {
  const inputs = resolveInputs(execution, declared, mostCharactersIn(stage));
  const type = snapshot.actionTypes.find(
    ({ definition }) => actionTypeKey(definition.id) === actionTypeKey(declared.actionTypeId),
  );
  const action: ActionExecution = {
    id: moment.newId(),
    stageName: stage.name,
    actionName: declared.name,
    status: 'InProgress',
    start: withBinding(actionStart(snapshot, declared, inputs, moment), execution, declared),
    progress: {},
    startedAt: moment.at,
    updatedAt: moment.at,
  };
  const started: Change = { kind: 'actionStarted', executionId: execution.id, action };
  const error = startError(type, declared.actionTypeId, inputs);
  if (error || !type) {
    return [started, { kind: 'actionFailed', action: { ...action, status: 'Failed', error } }];
  }
  if (isManualApproval(declared.actionTypeId)) {
    return [{ ...started, action: { ...action, deadlineAt: moment.at + approvalTimeoutMs(declared, type) } }];
  }
  return [
    started,
    {
      kind: 'jobQueued',
      executionId: execution.id,
      job: {
        id: moment.newId(),
        actionExecutionId: action.id,
        status: 'Queued',
        queue: queueOf(snapshot.pipeline, declared.actionTypeId),
        queryValue: queryValueOf(snapshot, type, inputs),
        deliveries: 0,
        offerAt: moment.at,
        deadlineAt: moment.at + type.timeoutMs,
        timeoutMs: type.isTimedByJob && type.timeoutMs,
        createdAt: moment.at,
      },
    },
  ];
}

/** The most characters for all resolved configurations of a stage, which are written in one commit. */
const maxResolvedStage = 2 * 1024 * 1024;

/** Returns the limit for each action: AWS's, or its share in a stage of many actions. */
function mostCharactersIn({ actions }: StoredStage): number {
  return Math.min(maxResolvedConfiguration, Math.floor(maxResolvedStage / actions.length));
}

/** Polls cannot ask for a longer value, and a longer one could exceed the size of the queue's index. */
const maxQueryValue = 256;

/**
 * Returns the value that polls select jobs by: that of the queryable property or, for a third-party type, the account,
 * since partners poll for their clients and PollForThirdPartyJobs has no query.
 */
function queryValueOf(
  { pipeline }: Snapshot,
  { definition }: CataloguedActionType,
  { resolvedConfiguration }: ActionInputs,
): string {
  if (definition.id.owner === 'ThirdParty' && !isPerformedHere(definition.id)) return pipeline.account;
  const property = queryableProperty(definition);
  const value = property === undefined ? '' : resolvedConfiguration[property];
  return typeof value === 'string' ? value.slice(0, maxQueryValue) : '';
}

function actionStart(
  { pipeline, declaration }: Snapshot,
  declared: StoredAction,
  { resolvedConfiguration, compute, inputArtifacts }: ActionInputs,
  moment: Moment,
): ActionStart {
  const store = artifactStoreOf(declaration, declared.region ?? pipeline.region);
  return {
    actionTypeId: declared.actionTypeId,
    runOrder: declared.runOrder,
    namespace: declared.namespace,
    region: declared.region,
    roleArn: declared.roleArn ?? declaration.roleArn,
    configuration: declared.configuration,
    resolvedConfiguration,
    compute,
    inputArtifacts,
    outputArtifacts: declared.outputArtifacts.map(({ name }) => ({
      name,
      bucketName: store?.location ?? '',
      objectKey: `${pipeline.name.slice(0, 20)}/${name.slice(0, 10)}/${moment.newKeySuffix()}`,
    })),
    encryptionKey: store?.encryptionKey,
  };
}

/** Passes a bound source its revision in the output artifact, and overridden properties in the configuration. */
function withBinding(
  start: ActionStart,
  execution: ExecutionSnapshot,
  { name, actionTypeId }: StoredAction,
): ActionStart {
  const binding = execution.sourceBindings.find(({ actionName }) => actionName === name);
  if (!binding || actionTypeId.category !== 'Source') return start;
  const { revisionId, configuration, ref } = binding;
  return {
    ...start,
    ...(ref && { ref }),
    resolvedConfiguration: { ...start.resolvedConfiguration, ...configuration },
    outputArtifacts: start.outputArtifacts.map((artifact) => ({ ...artifact, revision: revisionId })),
  };
}

/** Returns the artifact store for actions in `region`; the structure rules guarantee that there is one. */
function artifactStoreOf(declaration: StoredDeclaration, region: string): ArtifactStore | undefined {
  return declaration.artifactStore ?? declaration.artifactStores?.[region];
}

function startError(
  type: CataloguedActionType | undefined,
  id: ActionTypeId,
  { error }: ActionInputs,
): ErrorDetails | undefined {
  const code = 'ConfigurationError';
  if (!type) return { code, message: `${actionTypePhrase(id)} is not available` };
  if (type.lacksProvider && !isManualApproval(id)) {
    return { code, message: `This server cannot perform actions of ${actionTypePhrase(id)}` };
  }
  return error;
}

/** Returns 7 days unless declared otherwise (behaviour A.8). */
function approvalTimeoutMs({ timeoutInMinutes }: StoredAction, { timeoutMs }: CataloguedActionType): number {
  return timeoutInMinutes === undefined ? timeoutMs : timeoutInMinutes * 60_000;
}
