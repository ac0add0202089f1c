import type { ListWebhookItem, WebhookDefinition } from '../../../contract/generated.ts';
import { webhookArn } from '../../../model/arn.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredWebhookDefinition } from '../../../model/webhook.ts';
import type { ListedWebhook } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import { toSeconds } from '../../seconds.ts';
import { maskSecrets, openSecrets, sealSecrets } from '../pipelines/secrets.ts';
import { listTags } from '../tags/tags.ts';

const secret = new Set(['SecretToken']);

function ownerOf({ account, region }: Scope, { name }: Pick<WebhookDefinition, 'name'>) {
  // No pipeline is called so: its secrets and a webhook's can never stand for each other.
  return { account, region, name: `webhook:${name}` };
}

/** The definition as it is stored: the secret sealed for this webhook. */
export function storeDefinition(definition: WebhookDefinition, scope: Scope, sealer: Dependencies['sealer']) {
  const configuration = { ...definition.authenticationConfiguration };
  const authenticationConfiguration = sealSecrets(configuration, secret, ownerOf(scope, definition), sealer);
  return { ...definition, authenticationConfiguration } satisfies StoredWebhookDefinition;
}

/**
 * A webhook as the API answers it. PutWebhook masks the secret; ListWebhooks shows it, because Terraform compares it
 * with its own (clients 20).
 */
export function showWebhook(webhook: ListedWebhook, parts: Dependencies, secrets: 'masked' | 'clear'): ListWebhookItem {
  const { definition } = webhook;
  const { authenticationConfiguration: stored = {} } = definition;
  return {
    arn: webhookArn(webhook, definition.name),
    url: webhookUrl(webhook, parts),
    definition:
      secrets === 'clear'
        ? showDefinition(webhook, parts.sealer)
        : { ...definition, authenticationConfiguration: maskSecrets({ ...stored }) },
    errorCode: webhook.error?.code,
    errorMessage: webhook.error?.message,
    lastTriggered: webhook.lastTriggeredAt === undefined ? undefined : toSeconds(webhook.lastTriggeredAt),
    tags: listTags(webhook.tags),
  };
}

/** The definition as it was put, the secret in clear. */
export function showDefinition(webhook: ListedWebhook, sealer: Dependencies['sealer']): WebhookDefinition {
  const { definition } = webhook;
  const stored = { ...definition.authenticationConfiguration };
  const authenticationConfiguration = openSecrets(stored, ownerOf(webhook, definition), sealer);
  return { ...definition, authenticationConfiguration };
}

/** The secret that signs the events of a webhook, in clear. */
export function openSecret(webhook: ListedWebhook, sealer: Dependencies['sealer']): string {
  const { definition } = webhook;
  const configuration = { ...definition.authenticationConfiguration };
  const { SecretToken } = openSecrets(configuration, ownerOf(webhook, definition), sealer);
  // An empty key would let anybody sign.
  if (!SecretToken) throw new Error(`the webhook ${definition.name} has lost its secret`);
  return SecretToken;
}

function webhookUrl({ id }: ListedWebhook, { publicUrl }: Dependencies): string {
  return `${publicUrl()}/-/webhooks/${id}`;
}
