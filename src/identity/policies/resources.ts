import type { ActionTypeId, Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import { actionTypeArn, pipelineArn, webhookArn } from '../../model/arn.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { TaggedResource } from '../../model/tagged-resource.ts';

/** Something a call touches: the ARN policies know it by, and whose tags are `aws:ResourceTag` for it. */
export interface TouchedResource {
  arn: string;
  tagged?: TaggedResource;
  /** A job, which is judged as its action type; its `arn` is for a job that is not the caller's to know. */
  jobId?: string;
}

type Resources<Name extends OperationName> = (input: Operations[Name]['input'], scope: Scope) => TouchedResource[];

type StageInput = { pipelineName: string; stageName: string };

/** A job has no ARN of its own: it is judged as its action type, so that a robot for one type touches no other jobs. */
const byJob = ({ jobId }: { jobId: string }): TouchedResource[] => [{ arn: '*', jobId }];

// Seen at ListPipelines: what lists a whole account asks for all of its resources.
const everything = (_: unknown, scope: Scope): TouchedResource[] => [{ arn: pipelineArn(scope, '*') }];

const pipeline = (name: string, scope: Scope): TouchedResource => ({
  arn: pipelineArn(scope, name),
  tagged: { kind: 'pipeline', name },
});

const webhook = (name: string, scope: Scope): TouchedResource => ({
  arn: webhookArn(scope, name),
  tagged: { kind: 'webhook', name },
});

/** An action type, as every call about it or about its jobs touches it. */
export const actionType = (id: ActionTypeId, scope: Scope): TouchedResource => ({
  arn: actionTypeArn(scope, id),
  tagged: { kind: 'actionType', id },
});

const byName = ({ name }: { name: string }, scope: Scope) => [pipeline(name, scope)];
const byPipelineName = ({ pipelineName }: { pipelineName: string }, scope: Scope) => [pipeline(pipelineName, scope)];
const byWebhookName = ({ webhookName = '*' }: { webhookName?: string }, scope: Scope) => [webhook(webhookName, scope)];
const byDeclaration = ({ pipeline: { name } }: { pipeline: { name: string } }, scope: Scope) => [pipeline(name, scope)];

/** A stage has no tags of its own: its pipeline's are meant. */
const byStage = ({ pipelineName, stageName }: StageInput, scope: Scope): TouchedResource[] => [
  { ...pipeline(pipelineName, scope), arn: pipelineArn(scope, `${pipelineName}/${stageName}`) },
];

const byAction = (input: StageInput & { actionName: string }, scope: Scope): TouchedResource[] => {
  const { pipelineName, stageName, actionName } = input;
  return [{ ...pipeline(pipelineName, scope), arn: pipelineArn(scope, `${pipelineName}/${stageName}/${actionName}`) }];
};

const byCustomType = (input: Omit<ActionTypeId, 'owner'>, scope: Scope) => {
  const { category, provider, version } = input;
  return [actionType({ category, owner: 'Custom', provider, version }, scope)];
};

const codePipelineArn = /^arn:[^:]*:codepipeline:([^:]*):([^:]*):(.*)$/s;
const actionTypeRest = /^action[tT]ype:([^/]*)\/([^/]*)\/([^/]*)\/(.*)$/s;

/**
 * The resource behind an ARN as clients write it: with any partition and without the account (clients 18). All
 * spellings become one, so that none of them gets past a policy that names another.
 */
const byResourceArn = ({ resourceArn }: { resourceArn: string }, scope: Scope): TouchedResource[] => {
  const [, region, account, rest] = codePipelineArn.exec(resourceArn) ?? [];
  if (rest === undefined) return [{ arn: resourceArn }];
  const there = { region: region || scope.region, account: account || scope.account };
  const [, owner, category, provider = '', version = ''] = actionTypeRest.exec(rest) ?? [];
  const found =
    owner !== undefined
      ? actionType({ owner, category, provider, version } as ActionTypeId, there)
      : rest.startsWith('webhook:')
        ? webhook(rest.slice('webhook:'.length), there)
        : pipeline(rest, there);
  // What lies elsewhere is never found; something here that is called the same must not lend it its tags.
  const isHere = there.region === scope.region && there.account === scope.account;
  return [isHere ? found : { arn: found.arn }];
};

/** What each operation touches, as in AWS's list of actions and resource types for this service. */
const table: { [Name in OperationName]: Resources<Name> } = {
  AcknowledgeJob: byJob,
  AcknowledgeThirdPartyJob: byJob,
  CreateCustomActionType: byCustomType,
  CreatePipeline: byDeclaration,
  DeleteCustomActionType: byCustomType,
  DeletePipeline: byName,
  DeleteWebhook: ({ name }, scope) => [webhook(name, scope)],
  DeregisterWebhookWithThirdParty: byWebhookName,
  DisableStageTransition: byStage,
  EnableStageTransition: byStage,
  GetActionType: everything,
  GetJobDetails: byJob,
  GetPipeline: byName,
  GetPipelineExecution: byPipelineName,
  GetPipelineState: byName,
  GetThirdPartyJobDetails: byJob,
  ListActionExecutions: byPipelineName,
  ListActionTypes: everything,
  ListDeployActionExecutionTargets: ({ pipelineName = '*' }, scope) => [pipeline(pipelineName, scope)],
  ListPipelineExecutions: byPipelineName,
  ListPipelines: everything,
  ListRuleExecutions: byPipelineName,
  ListRuleTypes: everything,
  ListTagsForResource: byResourceArn,
  ListWebhooks: (_, scope) => [{ arn: webhookArn(scope, '*') }],
  OverrideStageCondition: byStage,
  PollForJobs: ({ actionTypeId }, scope) => [actionType(actionTypeId, scope)],
  PollForThirdPartyJobs: ({ actionTypeId }, scope) => [actionType(actionTypeId, scope)],
  PutActionRevision: byAction,
  PutApprovalResult: byAction,
  PutJobFailureResult: byJob,
  PutJobSuccessResult: byJob,
  PutThirdPartyJobFailureResult: byJob,
  PutThirdPartyJobSuccessResult: byJob,
  PutWebhook: (input, scope) => [webhook(input.webhook.name, scope), pipeline(input.webhook.targetPipeline, scope)],
  RegisterWebhookWithThirdParty: byWebhookName,
  RetryStageExecution: byStage,
  RollbackStage: byStage,
  StartPipelineExecution: byName,
  StopPipelineExecution: byPipelineName,
  TagResource: byResourceArn,
  UntagResource: byResourceArn,
  UpdateActionType: ({ actionType: { id } }, scope) => [actionType(id as ActionTypeId, scope)],
  UpdatePipeline: byDeclaration,
};

/** What a call with this input, already checked, touches: at least one resource. All of them have to be allowed. */
export function resourcesOf<Name extends OperationName>(
  name: Name,
  input: Operations[Name]['input'],
  scope: Scope,
): TouchedResource[] {
  return table[name](input, scope);
}
