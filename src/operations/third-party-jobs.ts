import { jobNotFound } from './find-job.ts';
import type { Operation } from './operation.ts';

// No partner's job is ever handed out (see poll-for-third-party-jobs.ts), so each id is one that does not exist.

/** JobNotFoundException for whatever job is named. */
export const acknowledgeThirdPartyJob: Operation<'AcknowledgeThirdPartyJob'> = async ({ jobId }) => {
  throw jobNotFound(jobId);
};

/** JobNotFoundException for whatever job is named. */
export const getThirdPartyJobDetails: Operation<'GetThirdPartyJobDetails'> = async ({ jobId }) => {
  throw jobNotFound(jobId);
};

/** JobNotFoundException for whatever job is named. */
export const putThirdPartyJobSuccessResult: Operation<'PutThirdPartyJobSuccessResult'> = async ({ jobId }) => {
  throw jobNotFound(jobId);
};

/** JobNotFoundException for whatever job is named. */
export const putThirdPartyJobFailureResult: Operation<'PutThirdPartyJobFailureResult'> = async ({ jobId }) => {
  throw jobNotFound(jobId);
};
