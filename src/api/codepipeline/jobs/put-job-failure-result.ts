import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { checkJob } from './find-job.ts';
import { reportJob } from './report-job.ts';

/** Reports failure: the action fails with the type as its error code (behaviour A.7). */
export const putJobFailureResult = operation('PutJobFailureResult', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, parts) {
    const { jobId, failureDetails } = input;
    await checkJob(jobId, call, parts);
    return reportJob(jobId, { outcome: 'Failed', failureDetails }, call, parts);
  },
});
