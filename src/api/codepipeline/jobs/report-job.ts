import { jobResult } from '../../../engine/events/job-result.ts';
import type { JobResult } from '../../../model/job.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { maskedResult } from './masked-result.ts';
import { recordOutputs } from './record-outputs.ts';

/** Hands a worker's result to the engine; the job has been looked up before. */
export async function reportJob(
  jobId: string,
  result: JobResult,
  { origin }: Pick<Call, 'origin'>,
  parts: Dependencies,
): Promise<undefined> {
  const { store, sealer, settings } = parts;
  const { continuationDelayMs } = settings;
  const contents = await recordOutputs(jobId, result, parts);
  await store.advance(
    { kind: 'job', jobId },
    (snapshot, moment) => {
      const masked = maskedResult(jobId, result, snapshot, sealer);
      return jobResult(snapshot, { jobId, result: masked, contents, continuationDelayMs }, moment);
    },
    origin,
  );
  return undefined;
}
