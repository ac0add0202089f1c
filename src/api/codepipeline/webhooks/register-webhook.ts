import { ServiceError } from '../../../contract/errors.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { operation } from '../operation.ts';
import { webhookOf } from '../resources.ts';

/** Makes no outgoing call: the webhook's owner gives its URL to the sender of the events. */
export const registerWebhookWithThirdParty = operation('RegisterWebhookWithThirdParty', {
  note: 'validates that the webhook exists; makes no outgoing call',
  resources: webhookOf,
  async run(input, call, dependencies) {
    await requireWebhook(input.webhookName, call, dependencies);
    return {};
  },
});

/** Makes no outgoing call, either. */
export const deregisterWebhookWithThirdParty = operation('DeregisterWebhookWithThirdParty', {
  note: 'validates that the webhook exists; makes no outgoing call',
  resources: webhookOf,
  async run(input, call, dependencies) {
    await requireWebhook(input.webhookName, call, dependencies);
    return {};
  },
});

/** Throws ValidationException without a name, which the model allows (decision 16), or WebhookNotFoundException. */
async function requireWebhook(name: string | undefined, call: Call, { store }: Dependencies): Promise<void> {
  if (name === undefined) throw new ServiceError('ValidationException', 'The name of the webhook must be given.');
  if (await store.webhooks.find(call, name)) return;
  throw new ServiceError(
    'WebhookNotFoundException',
    `The account with id '${call.account}' does not include a webhook with the name '${name}'`,
  );
}
