import type { ListWebhookItem, WebhookDefinition } from '../../../contract/generated.ts';
import { webhookArn } from '../../../model/arn.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredWebhookDefinition } from '../../../model/sources/webhook.ts';
import type { ListedWebhook } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import { toSeconds } from '../../seconds.ts';
import { maskSecrets, openSecrets, sealSecrets } from '../pipelines/secrets.ts';
import { listTags } from '../tags/tags.ts';

const secret = new Set(['SecretToken']);

function ownerOf({ account, region }: Scope, { name }: Pick<WebhookDefinition, 'name'>) {
  // No pipeline can have this name, so a pipeline's sealed secret is never valid for a webhook, nor the reverse.
  return { account, region, name: `webhook:${name}` };
}

/** Returns the definition as it is stored, with the secret sealed for this webhook. */
export function storeDefinition(definition: WebhookDefinition, scope: Scope, sealer: Dependencies['sealer']) {
  const configuration = { ...definition.authenticationConfiguration };
  const authenticationConfiguration = sealSecrets(configuration, secret, ownerOf(scope, definition), sealer);
  return { ...definition, authenticationConfiguration } satisfies StoredWebhookDefinition;
}

/**
 * Returns a webhook as responses show it. PutWebhook masks the secret; ListWebhooks shows it, because Terraform compares
 * it with its own (clients 20).
 */
export function showWebhook(
  webhook: ListedWebhook,
  dependencies: Dependencies,
  secrets: 'masked' | 'clear',
): ListWebhookItem {
  const { definition } = webhook;
  const { authenticationConfiguration: stored = {} } = definition;
  return {
    arn: webhookArn(webhook, definition.name),
    url: webhookUrl(webhook, dependencies),
    definition:
      secrets === 'clear'
        ? showDefinition(webhook, dependencies.sealer)
        : { ...definition, authenticationConfiguration: maskSecrets({ ...stored }) },
    errorCode: webhook.error?.code,
    errorMessage: webhook.error?.message,
    lastTriggered: webhook.lastTriggeredAt === undefined ? undefined : toSeconds(webhook.lastTriggeredAt),
    tags: listTags(webhook.tags),
  };
}

/** Returns the definition as it was put, with the secret in clear. */
export function showDefinition(webhook: ListedWebhook, sealer: Dependencies['sealer']): WebhookDefinition {
  const { definition } = webhook;
  const stored = { ...definition.authenticationConfiguration };
  const authenticationConfiguration = openSecrets(stored, ownerOf(webhook, definition), sealer);
  return { ...definition, authenticationConfiguration };
}

/** Returns the secret that signs the events of a webhook, in clear. */
export function openSecret(webhook: ListedWebhook, sealer: Dependencies['sealer']): string {
  const { definition } = webhook;
  const configuration = { ...definition.authenticationConfiguration };
  const { SecretToken } = openSecrets(configuration, ownerOf(webhook, definition), sealer);
  // With an empty key anyone could sign.
  if (!SecretToken) throw new Error(`the webhook ${definition.name} has lost its secret`);
  return SecretToken;
}

function webhookUrl({ id }: ListedWebhook, { publicUrl }: Dependencies): string {
  return `${publicUrl()}/-/webhooks/${id}`;
}
