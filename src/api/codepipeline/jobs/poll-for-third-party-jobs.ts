import { ServiceError } from '../../../contract/errors.ts';
import type { PollForThirdPartyJobsInput } from '../../../contract/generated.ts';
import { actionTypeKey, actionTypePhrase } from '../../../model/action-type.ts';
import { partnerKey } from '../../../model/queue-key.ts';
import { mayPoll } from '../../../model/registered-type.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findActionType } from '../action-types/get-action-type.ts';
import { poll } from '../operation.ts';
import { actionTypeOf } from '../resources.ts';
import { claimOf } from './poll-for-jobs.ts';

/**
 * Hands out waiting jobs of a registered type by their ids, oldest first, each with the client id of its account
 * (behaviour A.9): the newest client, so that a successor takes over with the next poll. Jobs of accounts without a
 * client wait.
 */
export const pollForThirdPartyJobs = poll('PollForThirdPartyJobs', {
  note: 'complete for types that are registered here',
  resources: actionTypeOf,
  prepare(input, { region }, dependencies) {
    const typeKey = actionTypeKey(input.actionTypeId);
    const key = partnerKey(region, typeKey);
    return async (call) => {
      await checkPolledType(input, call, dependencies);
      const records = await dependencies.jobQueue.claim(key, claimOf(input, call, dependencies));
      if (records.length === 0) return { jobs: [] };
      const clients = await dependencies.store.thirdPartyClients.list(region, typeKey);
      const newest = new Map(clients.map(({ account, id }) => [account, id]));
      // A job whose client has been deleted since the claim is offered again when its lease ends.
      const jobs = records.flatMap(({ job, pipeline }) => {
        const clientId = newest.get(pipeline.account);
        return clientId === undefined ? [] : [{ clientId, jobId: job.id }];
      });
      return { jobs };
    };
  },
});

/** The types that come with the server have no partners: polls for them find nothing. */
async function checkPolledType(
  { actionTypeId: id }: PollForThirdPartyJobsInput,
  call: Call,
  dependencies: Dependencies,
) {
  if (id.owner !== 'ThirdParty') {
    throw new ServiceError('ValidationException', `ActionType with owner '${id.owner}' is not supported`);
  }
  const registered = await dependencies.store.registeredTypes.find(call.region, id);
  if (!registered) {
    await findActionType(id, call, dependencies);
  } else if (registered.isDeregistered || !mayPoll(registered, call.account)) {
    throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(id)} is not available`);
  }
}
