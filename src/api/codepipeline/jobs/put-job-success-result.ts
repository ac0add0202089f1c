import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { checkJob } from './find-job.ts';
import { reportJob } from './report-job.ts';

/** Reports success, or with a continuation token progress (behaviour A.6). */
export const putJobSuccessResult = operation('PutJobSuccessResult', {
  note: 'complete',
  resources: jobOf,
  async run({ jobId, ...reported }, call, parts) {
    await checkJob(jobId, call, parts);
    return reportJob(jobId, { outcome: 'Succeeded', ...reported }, call, parts);
  },
});
