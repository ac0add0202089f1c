import { ServiceError } from '../../../contract/errors.ts';
import type { ActionTypeId } from '../../../contract/generated.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import type { TaggedPipelineResource } from '../../../model/arn.ts';
import type { Scope } from '../../../model/pipeline.ts';

const codePipelineArn = /^arn:aws(?:-\w+)*:codepipeline:([^:]+):([0-9]{12})?:(.+)$/;
const actionTypeResource =
  /^action[tT]ype:(AWS|ThirdParty|Custom)\/(Source|Build|Deploy|Test|Invoke|Approval|Compute)\/([\w-]+)\/([\w-]+)$/;
const nameResource = /^(webhook:)?([A-Za-z0-9.@\-_]{1,100})$/;

/**
 * Parses the ARN in a tag operation. Clients build the ARN of an action type themselves, spelled `actiontype:` or
 * `actionType:`, and some omit the account, which is then the caller's (clients 18). Throws InvalidArnException, and
 * ResourceNotFoundException for resources of another account or region.
 */
export function readResourceArn(arn: string, call: Scope): TaggedPipelineResource {
  const [, region, account = call.account, text = ''] = codePipelineArn.exec(arn) ?? [];
  const resource = readResource(text);
  if (!resource) {
    throw new ServiceError(
      'InvalidArnException',
      `The ARN '${arn}' is not valid. It must name a pipeline, a webhook or an action type.`,
    );
  }
  if (account !== call.account || region !== call.region) throw resourceNotFound(resource, call);
  return resource;
}

function readResource(text: string): TaggedPipelineResource | undefined {
  const [, owner, category, provider = '', version = ''] = actionTypeResource.exec(text) ?? [];
  if (owner !== undefined) {
    // The pattern admits only owners and categories of the model.
    return { kind: 'actionType', id: { owner, category, provider, version } as ActionTypeId };
  }
  const [, webhook, name] = nameResource.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { kind: webhook === undefined ? 'pipeline' : 'webhook', name };
}

/** Returns ResourceNotFoundException in the words AWS uses for pipelines (operations 2). */
export function resourceNotFound(resource: TaggedPipelineResource, { account }: Scope): ServiceError {
  const what =
    resource.kind === 'actionType'
      ? `an action type '${actionTypeKey(resource.id)}'`
      : `a ${resource.kind} with the name '${resource.name}'`;
  return new ServiceError('ResourceNotFoundException', `The account with id '${account}' does not include ${what}`);
}
