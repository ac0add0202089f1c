import { ServiceError } from '../../../contract/errors.ts';
import type { JobStatus } from '../../../contract/generated.ts';
import { jobNotFound } from '../../../model/job.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findThirdPartyJob } from './find-job.ts';

/** Acknowledges a delivery of PollForJobs by its nonce (behaviour A.3). */
export const acknowledgeJob = operation('AcknowledgeJob', {
  note: 'complete',
  resources: jobOf,
  async run({ jobId, nonce }, call, dependencies) {
    return { status: await acknowledge({ jobId, owner: call }, nonce, call, dependencies) };
  },
});

/** Acknowledges a delivery by the nonce that GetThirdPartyJobDetails returned (behaviour A.9). */
export const acknowledgeThirdPartyJob = operation('AcknowledgeThirdPartyJob', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, dependencies) {
    await findThirdPartyJob(input, call, dependencies);
    return { status: await acknowledge({ jobId: input.jobId }, input.nonce, call, dependencies) };
  },
});

/**
 * Accepts any nonce that was delivered until the first acknowledgement, which wins; repeating it returns the job's
 * current status (decision 1). Throws InvalidNonceException for any other nonce.
 */
async function acknowledge(
  { jobId, owner }: { jobId: string; owner?: Scope },
  nonce: string,
  { origin }: Call,
  { store }: Dependencies,
): Promise<JobStatus> {
  const acknowledged = await store.jobs.acknowledge(jobId, nonce, origin, owner);
  if (!acknowledged) throw jobNotFound(jobId);
  if (acknowledged.winningNonce === nonce) return acknowledged.job.status;
  throw new ServiceError(
    'InvalidNonceException',
    `The nonce '${nonce}' is not valid for the job with id '${jobId}': it was not handed out, or another worker has acknowledged the job.`,
  );
}
