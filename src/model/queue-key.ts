import { actionTypeKey, type JobTypeId } from './action-type.ts';
import type { Scope } from './pipeline.ts';

/**
 * The jobs one poll can claim: those with one query value of a queue or, for a partner, those of the accounts that are
 * its clients. `name` identifies the key in maps and notifications; it is built once, so that polls needn't.
 */
export type QueueKey = { readonly queue: string; readonly name: string } & (
  | { readonly queryValue: string }
  | { readonly clientsOf: { region: string; typeKey: string } }
);

/** Returns the key of the jobs with one query value; '' for types without a queryable property. */
export function queueKey(queue: string, queryValue = ''): QueueKey {
  return { queue, queryValue, name: keyName(queue, queryValue) };
}

/** Returns the key of a partner's jobs; `typeKey` is that of `actionTypeKey`. */
export function partnerKey(region: string, typeKey: string): QueueKey {
  const queue = `${region}/${typeKey}`;
  return { queue, clientsOf: { region, typeKey }, name: queue };
}

/** Returns the name of the key with one query value, which is also the notification of a job queued there. */
export function keyName(queue: string, queryValue: string): string {
  return `${queue}#${queryValue}`;
}

/** Returns the names of the keys that a notification affects: a job with a query value may also be a partner's. */
export function affectedKeys(notification: string): string[] {
  // No queue has a `#` in its name.
  const end = notification.indexOf('#');
  return end < 0 ? [notification] : [notification, notification.slice(0, end)];
}

/** The third-party type that a provider inside the server performs, since it has no partner. */
const gitHubTypeKey = 'Source/ThirdParty/GitHub/1';

/** Reports whether actions of a type are performed by providers inside the server, for all accounts and Regions. */
export function isPerformedHere(type: JobTypeId): boolean {
  return type.owner === 'AWS' || actionTypeKey(type) === gitHubTypeKey;
}

/**
 * Returns the queue that jobs of a type wait in. Custom types belong to one account and region; a third-party type has
 * one queue for all accounts of a region; types that providers inside the server perform have one queue each.
 */
export function queueOf(scope: Scope, type: JobTypeId): string {
  const typeKey = actionTypeKey(type);
  if (isPerformedHere(type)) return typeKey;
  return type.owner === 'ThirdParty' ? `${scope.region}/${typeKey}` : `${scope.account}/${scope.region}/${typeKey}`;
}

/** Returns how the queues of all custom types of an account and region start, and no other queue. */
export function customQueuePrefix({ account, region }: Scope): string {
  return `${account}/${region}/`;
}

/** Returns whether a queue is that of a custom type of this account and region. */
export function isCustomQueueOf(scope: Scope, queue: string): boolean {
  return queue.startsWith(customQueuePrefix(scope));
}

/** Returns the key of the action type whose jobs wait in a queue: `Category/Owner/Provider/Version`. */
export function typeKeyOfQueue(queue: string): string {
  return queue.split('/').slice(-4).join('/');
}
