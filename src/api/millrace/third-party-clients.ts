import { ServiceError } from '../../contract/errors.ts';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypePhrase } from '../../engine/tick/start-action.ts';
import { digestClientToken, newClientToken } from '../../identity/secrets/client-token.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { RegisteredActionType } from '../../model/registered-type.ts';
import { readTypeId, typeMember } from './action-type-id.ts';
import type { AdminOperation, AdminParts } from './operation.ts';
import { namedType } from './touched-resource.ts';

/** Most clients of one action type. */
const maxClients = 1000;

/** A client id and its token, by which a partner's workers know one account. */
export const createThirdPartyClient: AdminOperation = {
  sentence:
    'Creates a client id and a client token for an account whose pipelines use an action type registered by this account. Jobs of the account carry the id of its newest client, and the tokens of all of its clients open them.',
  resource: namedType,
  input: {
    actionType: typeMember,
    account: {
      type: 'string',
      isRequired: false,
      sentence: 'The account whose jobs the client serves; default: this account.',
    },
  },
  output: {
    clientId: 'The id, which polls return with the id of each job.',
    clientToken: 'Its token, which is returned only here.',
    account: 'The account whose jobs it serves.',
  },
  async run(input, caller, parts, { region }) {
    const id = readTypeId(input.actionType);
    const { account = caller } = input;
    if (!/^\d{12}$/.test(String(account))) {
      throw new ServiceError('ValidationException', "'account' must be an account id of twelve digits.");
    }
    const type = await findOwnType(id, { account: caller, region }, parts);
    if (type.isDeregistered) throw unregistered(id);
    const typeKey = actionTypeKey(id);
    const { store, now, newId } = parts;
    if ((await store.thirdPartyClients.list(region, typeKey)).length >= maxClients) {
      throw new ServiceError('LimitExceededException', `An action type may have ${maxClients} clients.`);
    }
    const clientToken = newClientToken();
    const tokenDigest = digestClientToken(clientToken);
    const client = { id: newId(), region, typeKey, account: String(account), tokenDigest, createdAt: now() };
    await store.thirdPartyClients.insert(client);
    return { clientId: client.id, clientToken, account };
  },
};

/** Every client without its token, also of a type that was deregistered. */
export const listThirdPartyClients: AdminOperation = {
  sentence: 'Lists the clients of an action type that this account has registered, oldest first, without their tokens.',
  resource: namedType,
  input: { actionType: typeMember },
  output: { clients: 'For each client: clientId, account, createdAt in seconds.' },
  async run(input, account, parts, { region }) {
    const id = readTypeId(input.actionType);
    await findOwnType(id, { account, region }, parts);
    const clients = await parts.store.thirdPartyClients.list(region, actionTypeKey(id));
    return {
      clients: clients.map((client) => ({
        clientId: client.id,
        account: client.account,
        createdAt: client.createdAt / 1000,
      })),
    };
  },
};

/** The token opens nothing any more. */
export const deleteThirdPartyClient: AdminOperation = {
  sentence:
    'Deletes a client: its token is rejected from then on. Jobs of an account without a client wait until it has one.',
  resource: namedType,
  input: {
    actionType: typeMember,
    clientId: { type: 'string', isRequired: true, sentence: 'The id of a client of that action type.' },
  },
  output: {},
  async run(input, account, parts, { region }) {
    const id = readTypeId(input.actionType);
    await findOwnType(id, { account, region }, parts);
    const clientId = String(input.clientId);
    if (await parts.store.thirdPartyClients.delete(region, actionTypeKey(id), clientId)) return {};
    throw new ServiceError('ResourceNotFoundException', `${actionTypePhrase(id)} has no client ${clientId}.`);
  },
};

async function findOwnType(
  id: ActionTypeId,
  { account, region }: Scope,
  { store }: AdminParts,
): Promise<RegisteredActionType> {
  const type = await store.registeredTypes.find(region, id);
  if (type?.account !== account) throw unregistered(id);
  return type;
}

function unregistered(id: ActionTypeId): ServiceError {
  return new ServiceError('ResourceNotFoundException', `The account has not registered ${actionTypePhrase(id)}.`);
}
