import type { ActionTypeId } from '../contract/generated.ts';
import type { Scope } from './pipeline.ts';

/** Returns `arn:aws:codepipeline:<region>:<account>:<name>` (operations 1). */
export function pipelineArn(scope: Scope, name: string): string {
  return `arn:aws:codepipeline:${scope.region}:${scope.account}:${name}`;
}

/** Returns `…:webhook:<name>` (clients 20). */
export function webhookArn(scope: Scope, name: string): string {
  return `arn:aws:codepipeline:${scope.region}:${scope.account}:webhook:${name}`;
}

/** Returns `…:actionType:<owner>/<category>/<provider>/<version>` (behaviour 0.2). */
export function actionTypeArn(scope: Scope, id: ActionTypeId): string {
  return `arn:aws:codepipeline:${scope.region}:${scope.account}:actionType:${id.owner}/${id.category}/${id.provider}/${id.version}`;
}

/** Returns `arn:aws:iam::<account>:user/<name>`, the owner of a long-lived key. */
export function userArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:user/${name}`;
}

/** A resource of CodePipeline that can have tags. */
export type TaggedPipelineResource =
  | { kind: 'pipeline'; name: string }
  | { kind: 'webhook'; name: string }
  | { kind: 'actionType'; id: ActionTypeId };

/** A resource whose tags are part of its own row. */
export type TaggedRow =
  | TaggedPipelineResource
  | { kind: 'connection'; arn: string }
  | { kind: 'eventRule'; name: string };

/** A resource that can have tags; those of a project are a member of it. */
export type TaggedResource = TaggedRow | { kind: 'project'; name: string };
