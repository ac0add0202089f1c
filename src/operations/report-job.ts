import { jobResult } from '../engine/job-result.ts';
import type { JobResult } from '../model/job.ts';
import type { Call, Parts } from './operation.ts';

/** Hands a worker's result to the engine; the job has been looked up before. */
export async function reportJob(
  jobId: string,
  result: JobResult,
  { origin }: Call,
  { store, settings }: Parts,
): Promise<undefined> {
  const { continuationDelayMs } = settings;
  await store.advance(
    { kind: 'job', jobId },
    (snapshot, moment) => jobResult(snapshot, { jobId, result, continuationDelayMs }, moment),
    origin,
  );
  return undefined;
}
