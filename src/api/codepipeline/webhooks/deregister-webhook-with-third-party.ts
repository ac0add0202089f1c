import type { Operation } from '../operation.ts';
import { findWebhook } from './find-webhook.ts';

/** Succeeds without calling out, as RegisterWebhookWithThirdParty does. */
export const deregisterWebhookWithThirdParty: Operation<'DeregisterWebhookWithThirdParty'> = async (
  input,
  call,
  parts,
) => {
  await findWebhook(input.webhookName, call, parts);
  return {};
};
