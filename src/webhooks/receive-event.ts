import { createHash } from 'node:crypto';
import { findDeclaredPipeline } from '../api/codepipeline/pipelines/find-pipeline.ts';
import { JsonPathError, SearchBudgetError } from '../api/codepipeline/webhooks/json-path.ts';
import type { Dependencies } from '../api/dependencies.ts';
import { ServiceError } from '../contract/errors.ts';
import { startByWebhook, targetOf } from '../engine/events/start-by-webhook.ts';
import { webhookArn } from '../model/arn.ts';
import { type Delivery, deliveryMemoryMs } from '../model/sources/webhook.ts';
import type { ListedWebhook } from '../store/store.ts';
import { passesFilters } from './filters.ts';
import { usePayload } from './payload.ts';
import { WebhookRefusal } from './refusal.ts';
import type { EventDigest, WebhookRequest } from './sender.ts';

/**
 * How long the same signed body does not start another execution. GitHub's bodies are unique, so a repetition is a replay,
 * but a script may send the same body every night.
 */
const bodyMemoryMs = 60 * 60 * 1000;

/** The result of an event that was not rejected. */
export interface WebhookOutcome {
  event: 'started' | 'repeated' | 'ping' | 'filtered';
  message: string;
  pipelineExecutionId?: string;
}

/** Returns the webhook whose URL ends in `id`. Rejects with `WebhookRefusal`. */
export async function findWebhookOfUrl(id: string, { store }: Dependencies): Promise<ListedWebhook> {
  const webhook = await store.webhooks.findById(id);
  if (!webhook) throw new WebhookRefusal('NotFound');
  return webhook;
}

/**
 * Starts an execution for an event, unless it is a ping, a repetition or filtered out. Rejects with `WebhookRefusal`, which
 * is recorded on the webhook if the sender is authentic.
 */
export async function receiveEvent(
  webhook: ListedWebhook,
  { headers }: Pick<WebhookRequest, 'headers'>,
  { body, digest }: { body: Buffer; digest: EventDigest },
  parts: Dependencies,
): Promise<WebhookOutcome> {
  digest.checkSignature();
  // GitHub sends it when the webhook is registered there.
  if (headers['x-github-event'] === 'ping') return { event: 'ping', message: 'The webhook is ready.' };
  const deliveries = deliveriesOf(headers, digest, parts.now());
  try {
    return await usePayload(body, headers['content-type'], (payload) => start(webhook, payload, deliveries, parts));
  } catch (error) {
    const refusal = toRefusal(error);
    if (!refusal) throw error;
    const { message } = error instanceof ServiceError ? error : refusal;
    await parts.store.webhooks.recordError(webhook.id, { code: String(refusal.httpStatus), message });
    throw refusal;
  }
}

async function start(
  webhook: ListedWebhook,
  payload: unknown,
  deliveries: Delivery[],
  parts: Dependencies,
): Promise<WebhookOutcome> {
  const { name, targetPipeline, targetAction, filters } = webhook.definition;
  const { declaration } = await findDeclaredPipeline(targetPipeline, webhook, parts);
  // The decision rejects a missing action, since it sees the declaration under the lock.
  const { configuration } = targetOf(declaration, targetAction) ?? { configuration: undefined };
  if (configuration && !(await passesFilters(filters, payload, configuration))) {
    return { event: 'filtered', message: 'The event does not pass the filters of the webhook: nothing was started.' };
  }
  const { executionId, isRepeated } = await parts.store.advance(
    { kind: 'pipeline', scope: webhook, name: targetPipeline, webhook: { webhookId: webhook.id, deliveries } },
    (snapshot, moment) =>
      startByWebhook(
        snapshot,
        {
          webhookId: webhook.id,
          webhookArn: webhookArn(webhook, name),
          targetAction,
          deliveries: deliveries.map(({ key }) => key),
        },
        moment,
      ),
  );
  return isRepeated
    ? { event: 'repeated', message: 'This event has started an execution before.', pipelineExecutionId: executionId }
    : { event: 'started', message: 'An execution was started.', pipelineExecutionId: executionId };
}

/** A replay of a signed body may change the delivery id, which is not signed, so the body counts as well. */
function deliveriesOf(headers: WebhookRequest['headers'], digest: EventDigest, at: number): Delivery[] {
  const id = headers['x-github-delivery'];
  const bodyHash = digest.bodyHash();
  return [
    ...(id === undefined ? [] : [{ key: keyOf('delivery', hashOf(String(id))), sinceAt: at - deliveryMemoryMs }]),
    ...(bodyHash === undefined ? [] : [{ key: keyOf('body', bodyHash), sinceAt: at - bodyMemoryMs }]),
  ];
}

function keyOf(kind: 'delivery' | 'body', hash: string): string {
  return `${kind}:${hash}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function toRefusal(error: unknown): WebhookRefusal | undefined {
  const options = { cause: error };
  if (error instanceof JsonPathError) return new WebhookRefusal('FilterUnusable', options);
  if (error instanceof SearchBudgetError) return new WebhookRefusal('SearchTooLong', options);
  if (!(error instanceof ServiceError)) return undefined;
  switch (error.code) {
    case 'WebhookNotFoundException':
      return new WebhookRefusal('NotFound', options);
    case 'PipelineNotFoundException':
      return new WebhookRefusal('PipelineNotFound', options);
    case 'ActionNotFoundException':
      return new WebhookRefusal('ActionNotFound', options);
    case 'ConcurrentPipelineExecutionsLimitExceededException':
      return new WebhookRefusal('TooManyExecutions', options);
    // No fault of the event: the sender gets a 503 and may retry.
    case 'ServiceUnavailable':
      return undefined;
    default:
      return new WebhookRefusal('StartRefused', options);
  }
}
