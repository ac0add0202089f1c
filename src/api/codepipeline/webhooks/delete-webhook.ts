import { operation } from '../operation.ts';
import { webhookResource } from '../resources.ts';

/** Deletes a webhook and its URL; a missing one is no error. */
export const deleteWebhook = operation('DeleteWebhook', {
  note: 'complete',
  resources: ({ name }, scope) => [webhookResource(name, scope)],
  async run(input, call, { store }) {
    await store.webhooks.delete(call, input.name);
    return {};
  },
});
