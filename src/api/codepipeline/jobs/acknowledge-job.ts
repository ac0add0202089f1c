import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { confirmDelivery } from './confirm-delivery.ts';

/** Confirms a delivery of PollForJobs by its nonce (behaviour A.3). */
export const acknowledgeJob = operation('AcknowledgeJob', {
  note: 'complete',
  resources: jobOf,
  async run({ jobId, nonce }, call, parts) {
    return { status: await confirmDelivery({ jobId, owner: call }, nonce, call, parts) };
  },
});
