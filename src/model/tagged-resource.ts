import type { ActionTypeId } from '../contract/generated.ts';

/** What can carry tags: pipelines, custom action types and webhooks. */
export type TaggedResource =
  | { kind: 'pipeline'; name: string }
  | { kind: 'webhook'; name: string }
  | { kind: 'actionType'; id: ActionTypeId };
