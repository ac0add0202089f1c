import { confirmDelivery } from '../jobs/confirm-delivery.ts';
import type { Operation } from '../operation.ts';
import { findThirdPartyJob } from './find-third-party-job.ts';

/** Confirms a delivery by the nonce that GetThirdPartyJobDetails answered (behaviour A.9). */
export const acknowledgeThirdPartyJob: Operation<'AcknowledgeThirdPartyJob'> = async (input, call, parts) => {
  await findThirdPartyJob(input, call, parts);
  return { status: await confirmDelivery(input.jobId, input.nonce, call, parts) };
};
