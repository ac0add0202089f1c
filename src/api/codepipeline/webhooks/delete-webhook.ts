import type { Operation } from '../operation.ts';

/** Removes a webhook and with it its URL; a missing one is no error. */
export const deleteWebhook: Operation<'DeleteWebhook'> = async (input, call, { store }) => {
  await store.webhooks.delete(call, input.name);
  return {};
};
