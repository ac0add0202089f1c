import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { reportJob } from './report-job.ts';

/** Reports success, or with a continuation token progress (behaviour A.6). */
export const putJobSuccessResult = operation('PutJobSuccessResult', {
  note: 'complete',
  resources: jobOf,
  run: ({ jobId, ...reported }, call, parts) =>
    reportJob({ jobId, owner: call }, { outcome: 'Succeeded', ...reported }, call, parts),
});
