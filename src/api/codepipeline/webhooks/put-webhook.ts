import { ServiceError } from '../../../contract/errors.ts';
import type { WebhookDefinition } from '../../../contract/generated.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { webhookArn } from '../../../model/arn.ts';
import { isSameJson } from '../../../model/same-json.ts';
import type { ListedWebhook } from '../../../store/store.ts';
import { operation } from '../operation.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';
import { comparingSealer } from '../pipelines/secrets.ts';
import { pipelineResource, webhookResource } from '../resources.ts';
import { checkTags } from '../tags/tags.ts';
import { JsonPathError, readJsonPath } from './json-path.ts';
import { showDefinition, showWebhook, storeDefinition } from './webhook.ts';
import { checkAuthentication } from './webhook-authentication.ts';

/**
 * Creates a webhook or replaces its definition; putting the same one again changes nothing. Its URL stays until it is
 * deleted; without `tags` the tags stay, too (behaviour C.13; clients 20).
 */
export const putWebhook = operation('PutWebhook', {
  note: 'complete',
  resources: (input, scope) => [
    webhookResource(input.webhook.name, scope),
    pipelineResource(input.webhook.targetPipeline, scope),
  ],
  requestTags: ({ tags }) => tagsInRequest(tags),
  async run(input, call, dependencies) {
    const { webhook: definition } = input;
    const { quotas } = dependencies.settings;
    checkAuthentication(definition);
    checkFilters(definition);
    const tags = input.tags && checkTags(input.tags, webhookArn(call, definition.name), quotas);
    await findPipeline(definition.targetPipeline, call, dependencies);
    const at = dependencies.now();
    const { account, region } = call;
    const stored = storeDefinition(definition, call, dependencies.sealer);
    const webhook = { id: dependencies.newId(), account, region, definition: stored, createdAt: at, updatedAt: at };
    const isRepeat = (present: ListedWebhook) =>
      isSameJson(showDefinition(present, comparingSealer(dependencies.sealer)), definition) &&
      isSameJson(tags ?? present.tags, present.tags);
    const kept = await dependencies.store.webhooks.put(webhook, tags, quotas.webhooks, isRepeat);
    if (kept === 'full') {
      throw new ServiceError(
        'LimitExceededException',
        `Maximum number of webhooks in account (${quotas.webhooks}) exceeded.`,
      );
    }
    return { webhook: showWebhook(kept, dependencies, 'masked') };
  },
});

function checkFilters({ filters }: WebhookDefinition): void {
  for (const { jsonPath } of filters) {
    try {
      readJsonPath(jsonPath);
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      const message = `The JSONPath '${jsonPath}' is not valid. ${error.message}`;
      throw new ServiceError('InvalidWebhookFilterPatternException', message);
    }
  }
}
