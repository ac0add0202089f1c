import { operation } from '../operation.ts';
import { webhookOf } from '../resources.ts';
import { findWebhook } from './find-webhook.ts';

/** Succeeds without calling out: whoever sends the events is told the webhook's URL by its owner. */
export const registerWebhookWithThirdParty = operation('RegisterWebhookWithThirdParty', {
  note: 'validates that the webhook exists; makes no outgoing call',
  resources: webhookOf,
  async run(input, call, parts) {
    await findWebhook(input.webhookName, call, parts);
    return {};
  },
});
