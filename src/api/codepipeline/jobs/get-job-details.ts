import { ServiceError } from '../../../contract/errors.ts';
import { jobNotFound, newestNonce } from '../../../model/job.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findCustomJob, findThirdPartyJob } from './find-job.ts';
import { grantOf, toJobData } from './job-data.ts';

/** Returns the job's data with fresh credentials but no nonce, before and after the acknowledgement (behaviour A.4). */
export const getJobDetails = operation('GetJobDetails', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, dependencies) {
    const record = await findCustomJob(input.jobId, call, dependencies);
    const credentials = await dependencies.workerCredentials(grantOf(record, dependencies));
    await dependencies.store.jobHistory.recordCredentials(record.job.id, call.origin);
    return {
      jobDetails: {
        id: record.job.id,
        accountId: record.pipeline.account,
        data: toJobData(record, credentials, dependencies),
      },
    };
  },
});

/** The form of this service's ids; the model allows any text here. */
const jobIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Returns the job's data with fresh credentials and a nonce. The poll has no nonce, so each response is a delivery with its
 * own: of two workers that hold the same job, only one can acknowledge it (decision 1). The context lacks the pipeline's
 * ARN and execution (behaviour A.9).
 */
export const getThirdPartyJobDetails = operation('GetThirdPartyJobDetails', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, dependencies) {
    const { jobId } = input;
    if (!jobIdPattern.test(jobId)) {
      throw new ServiceError('InvalidJobException', `'${jobId}' is not the id of a job.`);
    }
    await findThirdPartyJob(input, call, dependencies);
    const { store, now, settings } = dependencies;
    const record = await store.jobs.deliver(jobId, now() + settings.leaseMs, call.origin);
    if (!record) throw jobNotFound(jobId);
    const credentials = await dependencies.workerCredentials(grantOf(record, dependencies));
    const { pipelineContext, ...data } = toJobData(record, credentials, dependencies);
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
