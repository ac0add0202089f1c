import { ServiceError } from '../../../contract/errors.ts';
import { jobNotFound, newestNonce } from '../../../model/job.ts';
import { grantOf, toJobData } from '../jobs/job-data.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findThirdPartyJob } from './find-third-party-job.ts';

/** Ids that this service hands out; the model takes any text here. */
const jobIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The job's data with fresh credentials and a nonce. The poll tells no nonce, so each answer is a delivery with one of
 * its own: of two workers that hold the same job only one can acknowledge it (decision 1). The context names neither
 * the pipeline's ARN nor its execution (behaviour A.9).
 */
export const getThirdPartyJobDetails = operation('GetThirdPartyJobDetails', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, parts) {
    const { jobId } = input;
    if (!jobIdPattern.test(jobId)) {
      throw new ServiceError('InvalidJobException', `'${jobId}' is not the id of a job.`);
    }
    await findThirdPartyJob(input, call, parts);
    const { store, now, settings } = parts;
    const record = await store.jobs.deliver(jobId, now() + settings.leaseMs, call.origin);
    if (!record) throw jobNotFound(jobId);
    const credentials = await parts.workerCredentials(grantOf(record, parts));
    const { pipelineContext, ...data } = toJobData(record, credentials, parts);
    const { pipelineName, stage, action } = pipelineContext ?? {};
    return {
      jobDetails: {
        id: jobId,
        nonce: newestNonce(record.job),
        data: { ...data, pipelineContext: { pipelineName, stage, action } },
      },
    };
  },
});
