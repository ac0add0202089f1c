import type { Operation } from '../operation.ts';
import { findWebhook } from './find-webhook.ts';

/** Succeeds without calling out: whoever sends the events is told the webhook's URL by its owner. */
export const registerWebhookWithThirdParty: Operation<'RegisterWebhookWithThirdParty'> = async (input, call, parts) => {
  await findWebhook(input.webhookName, call, parts);
  return {};
};
