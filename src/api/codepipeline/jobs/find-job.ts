import { ServiceError } from '../../../contract/errors.ts';
import { isClientToken } from '../../../identity/secrets/client-token.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import { jobNotFound } from '../../../model/job.ts';
import { isCustomQueueOf } from '../../../model/queue-key.ts';
import { mayPoll } from '../../../model/registered-type.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * Returns a custom job of the caller's account and region. Jobs of built-in providers never leave the server, so they don't
 * exist for workers; partners' jobs have operations of their own.
 */
export async function findCustomJob(jobId: string, call: Call, { store }: Dependencies): Promise<JobRecord> {
  const record = await store.jobs.find(jobId);
  if (!record || !isCustomQueueOf(call, record.job.queue)) throw jobNotFound(jobId);
  return record;
}

/**
 * Returns a job of a registered type whose jobs the caller's account may take, also after the type was deregistered. The
 * token may be that of any client of the job's account, so a client can be replaced while its jobs run. Throws
 * JobNotFoundException or InvalidClientTokenException (behaviour A.9).
 */
export async function findThirdPartyJob(
  { jobId, clientToken }: { jobId: string; clientToken: string },
  { account, region }: Call,
  { store }: Dependencies,
): Promise<JobRecord> {
  const record = await store.jobs.find(jobId);
  const { actionTypeId: id } = record?.action.start ?? {};
  if (!record || id?.owner !== 'ThirdParty' || record.pipeline.region !== region) throw jobNotFound(jobId);
  const type = await store.registeredTypes.find(region, id);
  if (!type || !mayPoll(type, account)) throw jobNotFound(jobId);
  const clients = await store.thirdPartyClients.list(region, actionTypeKey(id), record.pipeline.account);
  if (clients.some(({ tokenDigest }) => isClientToken(clientToken, tokenDigest))) return record;
  throw new ServiceError(
    'InvalidClientTokenException',
    `The client token is not valid for the job with id '${jobId}'.`,
  );
}
