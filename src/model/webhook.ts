import type { WebhookDefinition } from '../contract/generated.ts';
import type { ConfigurationValue, Scope } from './pipeline.ts';

/** How long it is remembered at most which deliveries have started an execution: as long as GitHub offers to redeliver. */
export const deliveryMemoryMs = 3 * 24 * 60 * 60 * 1000;

/** A webhook's definition as stored: its secret sealed. */
export interface StoredWebhookDefinition extends Omit<WebhookDefinition, 'authenticationConfiguration'> {
  authenticationConfiguration: { AllowedIPRange?: string; SecretToken?: ConfigurationValue };
}

/** Why the newest event that should have started an execution could not; `code` is the HTTP status that was answered. */
export interface WebhookError {
  code: string;
  message: string;
}

/** A webhook; instants in ms. `id` is the unguessable end of its URL and lives as long as the webhook. */
export interface Webhook extends Scope {
  id: string;
  definition: StoredWebhookDefinition;
  createdAt: number;
  updatedAt: number;
  /** When an event last started an execution. */
  lastTriggeredAt?: number;
  /** Gone with the next event that starts an execution, and with the next definition. */
  error?: WebhookError;
}

/** One mark of an event: it has come before if its webhook started an execution under `key` at or after `sinceAt` (ms). */
export interface Delivery {
  key: string;
  sinceAt: number;
}
