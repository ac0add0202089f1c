import type { ActionTypeId } from '../../contract/generated.ts';
import type { TouchedResource } from '../../identity/policies/authorize-operation.ts';
import { actionTypeArn, pipelineArn, webhookArn } from '../../model/arn.ts';
import type { Scope } from '../../model/pipeline.ts';

/**
 * What calls touch, as in AWS's list of actions and resource types for this service. Descriptors of operations name
 * one of these functions, each of which takes the operation's checked input.
 */

interface StageInput {
  pipelineName: string;
  stageName: string;
}

/** A pipeline, judged with its tags. */
export function pipelineResource(name: string, scope: Scope): TouchedResource {
  return { arn: pipelineArn(scope, name), tagged: { kind: 'pipeline', name } };
}

/** A webhook, judged with its tags. */
export function webhookResource(name: string, scope: Scope): TouchedResource {
  return { arn: webhookArn(scope, name), tagged: { kind: 'webhook', name } };
}

/** An action type, judged with its tags. */
export function actionTypeResource(id: ActionTypeId, scope: Scope): TouchedResource {
  return { arn: actionTypeArn(scope, id), tagged: { kind: 'actionType', id } };
}

/** Everything in the account and region: AWS requires this of operations that list a whole account. */
export function everything(_: unknown, scope: Scope): TouchedResource[] {
  return [{ arn: pipelineArn(scope, '*') }];
}

/** The pipeline that `name` names. */
export function namedPipeline({ name }: { name: string }, scope: Scope): TouchedResource[] {
  return [pipelineResource(name, scope)];
}

/** The pipeline that `pipelineName` names. */
export function pipelineOf({ pipelineName }: { pipelineName: string }, scope: Scope): TouchedResource[] {
  return [pipelineResource(pipelineName, scope)];
}

/** The pipeline that is declared. */
export function declaredPipeline({ pipeline }: { pipeline: { name: string } }, scope: Scope): TouchedResource[] {
  return [pipelineResource(pipeline.name, scope)];
}

/** A stage. It has no tags of its own, so its pipeline's tags apply. */
export function stageOf({ pipelineName, stageName }: StageInput, scope: Scope): TouchedResource[] {
  const arn = pipelineArn(scope, `${pipelineName}/${stageName}`);
  return [{ ...pipelineResource(pipelineName, scope), arn }];
}

/** An action; its pipeline's tags apply. */
export function actionOf(input: StageInput & { actionName: string }, scope: Scope): TouchedResource[] {
  const { pipelineName, stageName, actionName } = input;
  const arn = pipelineArn(scope, `${pipelineName}/${stageName}/${actionName}`);
  return [{ ...pipelineResource(pipelineName, scope), arn }];
}

/** The webhook that `webhookName` names, or all of them. */
export function webhookOf({ webhookName = '*' }: { webhookName?: string }, scope: Scope): TouchedResource[] {
  return [webhookResource(webhookName, scope)];
}

/** The action type of a poll. */
export function actionTypeOf({ actionTypeId }: { actionTypeId: ActionTypeId }, scope: Scope): TouchedResource[] {
  return [actionTypeResource(actionTypeId, scope)];
}

/** A custom action type named by the parts of its id. */
export function customTypeOf(input: Omit<ActionTypeId, 'owner'>, scope: Scope): TouchedResource[] {
  const { category, provider, version } = input;
  return [actionTypeResource({ category, owner: 'Custom', provider, version }, scope)];
}

/** A job. It has no ARN of its own and is judged as its action type, so a worker's key can be limited to one type. */
export function jobOf({ jobId }: { jobId: string }): TouchedResource[] {
  return [{ arn: '*', jobId }];
}

const codePipelineArn = /^arn:[^:]*:codepipeline:([^:]*):([^:]*):(.*)$/s;
const actionTypeRest = /^action[tT]ype:([^/]*)\/([^/]*)\/([^/]*)\/(.*)$/s;

/**
 * The resource behind an ARN as clients write it: with any partition and without the account (clients 18). All
 * spellings become one, so that none of them bypasses a policy that uses another.
 */
export function taggedResource({ resourceArn }: { resourceArn: string }, scope: Scope): TouchedResource[] {
  const [, region, account, rest] = codePipelineArn.exec(resourceArn) ?? [];
  if (rest === undefined) return [{ arn: resourceArn }];
  const owner = { region: region || scope.region, account: account || scope.account };
  const resource = readResource(rest, owner);
  // A resource of another account or region is never found, and must not be judged by the tags of a namesake here.
  const isHere = owner.region === scope.region && owner.account === scope.account;
  return [isHere ? resource : { arn: resource.arn }];
}

function readResource(rest: string, scope: Scope): TouchedResource {
  const [, owner, category, provider = '', version = ''] = actionTypeRest.exec(rest) ?? [];
  if (owner !== undefined) return actionTypeResource({ owner, category, provider, version } as ActionTypeId, scope);
  if (rest.startsWith('webhook:')) return webhookResource(rest.slice('webhook:'.length), scope);
  return pipelineResource(rest, scope);
}
