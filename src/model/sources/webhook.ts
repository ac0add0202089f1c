import type { WebhookDefinition } from '../../contract/generated.ts';
import type { ConfigurationValue, Scope } from '../pipeline.ts';

/** How long started deliveries are remembered: as long as GitHub offers to redeliver. */
export const deliveryMemoryMs = 3 * 24 * 60 * 60 * 1000;

/** A webhook's definition as stored, with its secret sealed. */
export interface StoredWebhookDefinition extends Omit<WebhookDefinition, 'authenticationConfiguration'> {
  authenticationConfiguration: { AllowedIPRange?: string; SecretToken?: ConfigurationValue };
}

/** Why the latest event could not start an execution; `code` is the HTTP status of the response. */
export interface WebhookError {
  code: string;
  message: string;
}

/** A webhook; instants in ms. `id` is the unguessable end of its URL and never changes. */
export interface Webhook extends Scope {
  id: string;
  definition: StoredWebhookDefinition;
  createdAt: number;
  updatedAt: number;
  /** When an event last started an execution. */
  lastTriggeredAt?: number;
  /** Cleared by the next event that starts an execution, and by a new definition. */
  error?: WebhookError;
}

/** A key of an event, which is a repetition if its webhook started an execution with `key` since `sinceAt` (ms). */
export interface Delivery {
  key: string;
  sinceAt: number;
}
