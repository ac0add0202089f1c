import { ServiceError } from '../../contract/errors.ts';
import type { ActionTypeId } from '../../contract/generated.ts';
import { digestClientToken, newClientToken } from '../../identity/secrets/client-token.ts';
import { actionTypeKey, actionTypePhrase } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { RegisteredActionType } from '../../model/registered-type.ts';
import type { Dependencies } from '../dependencies.ts';
import { toSeconds } from '../seconds.ts';
import { ownOperation } from './operation.ts';
import { namedType, readTypeId } from './resources.ts';

/** Upper bound on the clients of one action type. */
const maxClients = 1000;

/** Creates a client id and its token, by which a partner's workers identify one account. */
export const createThirdPartyClient = ownOperation('CreateThirdPartyClient', {
  resource: namedType,
  async run({ actionType, account }, call, dependencies) {
    const id = readTypeId(actionType);
    const type = await findOwnType(id, call, dependencies);
    if (type.isDeregistered) throw unregistered(id);
    const { store, now, newId } = dependencies;
    const { region } = call;
    const typeKey = actionTypeKey(id);
    if ((await store.thirdPartyClients.list(region, typeKey)).length >= maxClients) {
      throw new ServiceError('LimitExceededException', `An action type may have ${maxClients} clients.`);
    }
    const clientToken = newClientToken();
    const client = {
      id: newId(),
      region,
      typeKey,
      account: account ?? call.account,
      tokenDigest: digestClientToken(clientToken),
      createdAt: now(),
    };
    await store.thirdPartyClients.insert(client);
    return { clientId: client.id, clientToken, account: client.account };
  },
});

/** Lists clients without their tokens, also of a type that was deregistered. */
export const listThirdPartyClients = ownOperation('ListThirdPartyClients', {
  resource: namedType,
  async run({ actionType }, call, dependencies) {
    const id = readTypeId(actionType);
    await findOwnType(id, call, dependencies);
    const clients = await dependencies.store.thirdPartyClients.list(call.region, actionTypeKey(id));
    return {
      clients: clients.map((client) => ({
        clientId: client.id,
        account: client.account,
        createdAt: toSeconds(client.createdAt),
      })),
    };
  },
});

/** Deletes a client and so revokes its token. */
export const deleteThirdPartyClient = ownOperation('DeleteThirdPartyClient', {
  resource: namedType,
  async run({ actionType, clientId }, call, dependencies) {
    const id = readTypeId(actionType);
    await findOwnType(id, call, dependencies);
    if (await dependencies.store.thirdPartyClients.delete(call.region, actionTypeKey(id), clientId)) return {};
    throw new ServiceError('ResourceNotFoundException', `${actionTypePhrase(id)} has no client ${clientId}.`);
  },
});

async function findOwnType(
  id: ActionTypeId,
  { account, region }: Scope,
  { store }: Dependencies,
): Promise<RegisteredActionType> {
  const type = await store.registeredTypes.find(region, id);
  if (type?.account !== account) throw unregistered(id);
  return type;
}

function unregistered(id: ActionTypeId): ServiceError {
  return new ServiceError('ResourceNotFoundException', `The account has not registered ${actionTypePhrase(id)}.`);
}
