import { ServiceError } from '../../../contract/errors.ts';
import { isClientToken } from '../../../identity/secrets/client-token.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import { jobNotFound } from '../../../model/job.ts';
import { mayPoll } from '../../../model/registered-type.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * A job that this caller may speak of: of a registered type whose jobs the caller's account may take, also after the
 * type was deregistered. The token must be that of a client of the job's account; whichever one, so that a client can
 * be replaced while jobs are out. Throws JobNotFoundException or InvalidClientTokenException (behaviour A.9).
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
