import type { ActionTypeId, ArtifactStore, ErrorDetails } from '../../contract/generated.ts';
import {
  actionTypeKey,
  type CataloguedActionType,
  isManualApproval,
  queryableProperty,
} from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution, ActionStart } from '../../model/execution.ts';
import type { Moment } from '../../model/moment.ts';
import type { Configuration, StoredAction, StoredDeclaration, StoredStage } from '../../model/pipeline.ts';
import { queueOf } from '../../model/queue-key.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { type ActionInputs, maxResolvedConfiguration, resolveInputs } from './action-inputs.ts';

/**
 * Starts one attempt of an action: its configuration is resolved, its inputs are found, its outputs get a place of
 * their own, and its job is queued; a manual approval waits without one. What cannot start fails at once with a ConfigurationError.
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
    const progress = { summary: unsentNotification(inputs.resolvedConfiguration) };
    return [{ ...started, action: { ...action, progress, deadlineAt: moment.at + approvalTimeoutMs(declared, type) } }];
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

/** The resolved configurations of all actions of a stage together: they are written in one commit. */
const maxResolvedStage = 2 * 1024 * 1024;

/** How large the resolved configuration of each action may be: what AWS allows, in a stage of many actions a share. */
function mostCharactersIn({ actions }: StoredStage): number {
  return Math.min(maxResolvedConfiguration, Math.floor(maxResolvedStage / actions.length));
}

/** No poll can ask for a longer value; whole ones could be too long for the index of the queue. */
const maxQueryValue = 256;

/**
 * By what a poll picks jobs: the value of the queryable property, '' without one. A partner polls for jobs of the
 * accounts that are its clients; PollForThirdPartyJobs cannot ask for a property.
 */
function queryValueOf(
  { pipeline }: Snapshot,
  { definition }: CataloguedActionType,
  { resolvedConfiguration }: ActionInputs,
): string {
  if (definition.id.owner === 'ThirdParty') return pipeline.account;
  const property = queryableProperty(definition);
  const value = property === undefined ? '' : resolvedConfiguration[property];
  return typeof value === 'string' ? value.slice(0, maxQueryValue) : '';
}

function actionStart(
  { pipeline, declaration }: Snapshot,
  declared: StoredAction,
  { resolvedConfiguration, inputArtifacts }: ActionInputs,
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
    inputArtifacts,
    outputArtifacts: declared.outputArtifacts.map(({ name }) => ({
      name,
      bucketName: store?.location ?? '',
      objectKey: `${pipeline.name.slice(0, 20)}/${name.slice(0, 10)}/${moment.newKeySuffix()}`,
    })),
    encryptionKey: store?.encryptionKey,
  };
}

/** A bound source is told its revision by its output artifact, whose content is of it, the rest by its configuration. */
function withBinding(
  start: ActionStart,
  execution: ExecutionSnapshot,
  { name, actionTypeId }: StoredAction,
): ActionStart {
  const binding = execution.sourceBindings.find(({ actionName }) => actionName === name);
  if (!binding || actionTypeId.category !== 'Source') return start;
  const { revisionId, configuration } = binding;
  return {
    ...start,
    resolvedConfiguration: { ...start.resolvedConfiguration, ...configuration },
    outputArtifacts: start.outputArtifacts.map((artifact) => ({ ...artifact, revision: revisionId })),
  };
}

/** The artifact store an action of `region` uses; the structure rules see to it that there is one. */
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

/** The summary of an approval whose reviewers should have been notified; it is replaced by that of the answer. */
function unsentNotification({ NotificationArn: topic }: Configuration): string | undefined {
  if (typeof topic !== 'string' || topic === '') return undefined;
  return `No notification was sent: this server cannot publish to the Amazon SNS topic '${topic}'. The approval waits for an answer.`;
}

/** 7 days, or what the declaration says instead (behaviour A.8). */
function approvalTimeoutMs({ timeoutInMinutes }: StoredAction, { timeoutMs }: CataloguedActionType): number {
  return timeoutInMinutes === undefined ? timeoutMs : timeoutInMinutes * 60_000;
}

/** The way the service names an action type in its refusals (operations 2). */
export function actionTypePhrase(id: ActionTypeId): string {
  return `ActionType (Category: '${id.category}', Owner: '${id.owner}', Provider: '${id.provider}', Version: '${id.version}')`;
}
