import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { reportJob } from './report-job.ts';

/** Reports failure: the action fails with the type as its error code (behaviour A.7). */
export const putJobFailureResult = operation('PutJobFailureResult', {
  note: 'complete',
  resources: jobOf,
  run: ({ jobId, failureDetails }, call, parts) =>
    reportJob({ jobId, owner: call }, { outcome: 'Failed', failureDetails }, call, parts),
});
