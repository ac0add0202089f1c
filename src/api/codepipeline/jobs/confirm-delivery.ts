import { ServiceError } from '../../../contract/errors.ts';
import type { JobStatus } from '../../../contract/generated.ts';
import { jobNotFound } from '../../../model/job.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * Confirms a delivery. As long as nobody has, any delivered nonce does; the first one wins, and asked again it answers
 * the job's current status (decision 1). Throws InvalidNonceException for any other.
 */
export async function confirmDelivery(
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
