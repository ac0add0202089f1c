import { jobResult } from '../engine/job-result.ts';
import { findJob } from './find-job.ts';
import type { Operation } from './operation.ts';

/** Reports failure: the action fails with the type as its error code (behaviour A.7). */
export const putJobFailureResult: Operation<'PutJobFailureResult'> = async (input, call, parts) => {
  const { jobId, failureDetails } = input;
  await findJob(jobId, call, parts);
  const { continuationDelayMs } = parts.settings;
  await parts.store.advance({ kind: 'job', jobId }, (snapshot, moment) =>
    jobResult(snapshot, { jobId, result: { outcome: 'Failed', failureDetails }, continuationDelayMs }, moment),
  );
  return undefined;
};
