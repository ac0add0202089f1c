import { ServiceError } from '../contract/errors.ts';
import { findJob, jobNotFound } from './find-job.ts';
import type { Operation } from './operation.ts';

/**
 * Confirms a delivery. As long as nobody has, any delivered nonce does; the first one wins, and asked again it answers
 * the job's current status (DECISIONS 1).
 */
export const acknowledgeJob: Operation<'AcknowledgeJob'> = async (input, call, parts) => {
  await findJob(input.jobId, call, parts);
  const acknowledged = await parts.store.jobs.acknowledge(input.jobId, input.nonce);
  if (!acknowledged) throw jobNotFound(input.jobId);
  if (acknowledged.winningNonce !== input.nonce) {
    throw new ServiceError(
      'InvalidNonceException',
      `The nonce '${input.nonce}' is not valid for the job with id '${input.jobId}': it was not handed out, or another worker has acknowledged the job.`,
    );
  }
  return { status: acknowledged.job.status };
};
