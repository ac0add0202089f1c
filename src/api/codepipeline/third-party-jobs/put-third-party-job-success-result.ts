import { reportJob } from '../jobs/report-job.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findThirdPartyJob } from './find-third-party-job.ts';

/** Reports success, or with a continuation token progress; the model has no output variables here (behaviour A.9). */
export const putThirdPartyJobSuccessResult = operation('PutThirdPartyJobSuccessResult', {
  note: 'complete',
  resources: jobOf,
  async run(input, call, parts) {
    const { jobId, clientToken, ...reported } = input;
    await findThirdPartyJob({ jobId, clientToken }, call, parts);
    return reportJob({ jobId }, { outcome: 'Succeeded', ...reported }, call, parts);
  },
});
