import type { Scope } from '../../model/pipeline.ts';
import type { Webhook, WebhookError } from '../../model/webhook.ts';

/** Webhooks by name. */
export interface WebhookRows {
  /**
   * Keeps a webhook under its name: a new one as given, or the definition of `webhook` in the row that is there, which
   * keeps its id. Without `tags` a row keeps the ones it has. The row as it is then, or 'full' when it would be the
   * one after `limit`. A row for which `isRepeat` holds stays as it is.
   */
  put(
    webhook: Webhook,
    tags: Record<string, string> | undefined,
    limit: number,
    isRepeat?: (kept: ListedWebhook) => boolean,
  ): Promise<ListedWebhook | 'full'>;
  find(scope: Scope, name: string): Promise<ListedWebhook | undefined>;
  findById(id: string): Promise<ListedWebhook | undefined>;
  /** Keeps why an event could not start an execution; does nothing when the webhook is gone. */
  recordError(id: string, error: WebhookError): Promise<void>;
  /** By name, after `afterName`, at most `limit`. */
  list(scope: Scope, page: { afterName: string; limit: number }): Promise<ListedWebhook[]>;
  /** False when there is none. */
  delete(scope: Scope, name: string): Promise<boolean>;
}

/** A webhook with its tags. */
export interface ListedWebhook extends Webhook {
  tags: Record<string, string>;
}
