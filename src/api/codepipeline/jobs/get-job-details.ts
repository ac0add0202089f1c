import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findJob } from './find-job.ts';
import { grantOf, toJobData } from './job-data.ts';

/**
 * The job's data again, without nonce and with fresh credentials, before and after the acknowledgement (behaviour A.4).
 */
export const getJobDetails = operation('GetJobDetails', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, parts) {
    const record = await findJob(input.jobId, call, parts);
    const credentials = await parts.workerCredentials(grantOf(record, parts));
    await parts.store.jobHistory.recordCredentials(record.job.id, call.origin);
    return {
      jobDetails: {
        id: record.job.id,
        accountId: record.pipeline.account,
        data: toJobData(record, credentials, parts),
      },
    };
  },
});
