import type { Operation } from '../operation.ts';
import { confirmDelivery } from './confirm-delivery.ts';
import { checkJob } from './find-job.ts';

/** Confirms a delivery of PollForJobs by its nonce (behaviour A.3). */
export const acknowledgeJob: Operation<'AcknowledgeJob'> = async ({ jobId, nonce }, call, parts) => {
  await checkJob(jobId, call, parts);
  return { status: await confirmDelivery(jobId, nonce, call, parts) };
};
