import type { WebhookDefinition } from '../contract/generated.ts';
import type { ConfigurationValue, Scope } from './pipeline.ts';

/** A webhook's definition as stored: its secret sealed. */
export interface StoredWebhookDefinition extends Omit<WebhookDefinition, 'authenticationConfiguration'> {
  authenticationConfiguration: { AllowedIPRange?: string; SecretToken?: ConfigurationValue };
}

/** A webhook; instants in ms. `id` is the unguessable end of its URL and lives as long as the webhook. */
export interface Webhook extends Scope {
  id: string;
  definition: StoredWebhookDefinition;
  createdAt: number;
  updatedAt: number;
}
