import { ServiceError } from '../../../contract/errors.ts';
import type { ListedWebhook } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * The webhook that is to be registered or deregistered. The model lets its name be left out, which names nothing
 * (decision 16). Throws ValidationException and WebhookNotFoundException.
 */
export async function findWebhook(
  name: string | undefined,
  call: Call,
  { store }: Dependencies,
): Promise<ListedWebhook> {
  if (name === undefined) throw new ServiceError('ValidationException', 'The name of the webhook must be given.');
  const webhook = await store.webhooks.find(call, name);
  if (webhook) return webhook;
  throw new ServiceError(
    'WebhookNotFoundException',
    `The account with id '${call.account}' does not include a webhook with the name '${name}'`,
  );
}
