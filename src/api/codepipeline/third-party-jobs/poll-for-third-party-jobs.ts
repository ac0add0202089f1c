import { ServiceError } from '../../../contract/errors.ts';
import type { PollForThirdPartyJobsInput } from '../../../contract/generated.ts';
import { actionTypePhrase } from '../../../engine/tick/start-action.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import { queueOf } from '../../../model/job.ts';
import { mayPoll } from '../../../model/registered-type.ts';
import { claimOrWait } from '../../../queue/claim-jobs.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findActionType } from '../action-types/find-action-type.ts';
import { operation } from '../operation.ts';
import { actionTypeOf } from '../resources.ts';

/**
 * Hands out waiting jobs of a registered type by their ids, oldest first, each with the client id of the account it is
 * of (behaviour A.9): the newest client, so that a successor takes over with the next poll. Jobs of accounts without
 * a client wait.
 */
export const pollForThirdPartyJobs = operation('PollForThirdPartyJobs', {
  note: 'complete for types that are registered here',
  resources: actionTypeOf,
  isPoll: true,
  async run(input, call, parts) {
    const { actionTypeId, maxBatchSize } = input;
    await checkPolledType(input, call, parts);
    const clientsOf = { region: call.region, typeKey: actionTypeKey(actionTypeId) };
    const queue = queueOf(call, actionTypeId);
    const records = await claimOrWait({ queue, clientsOf }, maxBatchSize, call, parts);
    if (records.length === 0) return { jobs: [] };
    const clients = await parts.store.thirdPartyClients.list(clientsOf.region, clientsOf.typeKey);
    const newest = new Map(clients.map(({ account, id }) => [account, id]));
    // A client that has been deleted since the claim leaves its job to be offered again.
    const jobs = records.flatMap(({ job, pipeline }) => {
      const clientId = newest.get(pipeline.account);
      return clientId === undefined ? [] : [{ clientId, jobId: job.id }];
    });
    return { jobs };
  },
});

/** Of the types that come with the server none has a partner: whoever polls for one finds nothing. */
async function checkPolledType({ actionTypeId: id }: PollForThirdPartyJobsInput, call: Call, parts: Dependencies) {
  if (id.owner !== 'ThirdParty') {
    throw new ServiceError('ValidationException', `ActionType with owner '${id.owner}' is not supported`);
  }
  const registered = await parts.store.registeredTypes.find(call.region, id);
  if (!registered) {
    await findActionType(id, call, parts);
  } else if (registered.isDeregistered || !mayPoll(registered, call.account)) {
    throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(id)} is not available`);
  }
}
