import { confirmDelivery } from '../jobs/confirm-delivery.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findThirdPartyJob } from './find-third-party-job.ts';

/** Confirms a delivery by the nonce that GetThirdPartyJobDetails answered (behaviour A.9). */
export const acknowledgeThirdPartyJob = operation('AcknowledgeThirdPartyJob', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, parts) {
    await findThirdPartyJob(input, call, parts);
    return { status: await confirmDelivery({ jobId: input.jobId }, input.nonce, call, parts) };
  },
});
