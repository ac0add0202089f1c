import { completeJob } from '../codepipeline/jobs/complete-job.ts';
import { findAccountJob } from './job-summary.ts';
import { ownOperation } from './operation.ts';
import { typeOfJob } from './resources.ts';

/** Fails a job whose worker is gone, instead of waiting for its timeout. */
export const failJob = ownOperation('FailJob', {
  resource: typeOfJob,
  async run({ jobId, message = '', type = 'JobFailed' }, call, dependencies) {
    const { job } = await findAccountJob(jobId, call, dependencies);
    const failureDetails = {
      type,
      message: message.trim() || `Failed by ${call.origin.callerArn}, not by its worker.`,
    };
    await completeJob({ jobId: job.id }, { outcome: 'Failed', failureDetails }, dependencies, call.origin);
    return {};
  },
});
