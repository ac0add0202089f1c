import { reportJob } from '../jobs/report-job.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findThirdPartyJob } from './find-third-party-job.ts';

/** Reports failure: the action fails with the type as its error code (behaviour A.7). */
export const putThirdPartyJobFailureResult = operation('PutThirdPartyJobFailureResult', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, parts) {
    const { jobId, clientToken, failureDetails } = input;
    await findThirdPartyJob({ jobId, clientToken }, call, parts);
    return reportJob({ jobId }, { outcome: 'Failed', failureDetails }, call, parts);
  },
});
