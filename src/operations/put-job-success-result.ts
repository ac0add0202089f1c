import { jobResult } from '../engine/job-result.ts';
import { findJob } from './find-job.ts';
import type { Operation } from './operation.ts';

/** Reports success, or with a continuation token progress (behaviour A.6). */
export const putJobSuccessResult: Operation<'PutJobSuccessResult'> = async (input, call, parts) => {
  const { jobId, ...reported } = input;
  await findJob(jobId, call, parts);
  const { continuationDelayMs } = parts.settings;
  await parts.store.advance({ kind: 'job', jobId }, (snapshot, moment) =>
    jobResult(snapshot, { jobId, result: { outcome: 'Succeeded', ...reported }, continuationDelayMs }, moment),
  );
  return undefined;
};
