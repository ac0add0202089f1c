import { jobResult } from '../../../engine/events/job-result.ts';
import type { JobResult } from '../../../model/job.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { maskedResult } from './masked-result.ts';
import { recordOutputs } from './record-outputs.ts';

/** Hands a worker's result to the engine. With an `owner` the job has to be a custom one of its account and region. */
export async function reportJob(
  job: { jobId: string; owner?: Scope },
  result: JobResult,
  { origin }: Pick<Call, 'origin'>,
  parts: Dependencies,
): Promise<undefined> {
  const { store, sealer, settings } = parts;
  const { continuationDelayMs } = settings;
  const { jobId } = job;
  const contents = await recordOutputs(job, result, parts);
  await store.advance(
    { kind: 'job', ...job },
    (snapshot, moment) => {
      const masked = maskedResult(jobId, result, snapshot, sealer);
      return jobResult(snapshot, { jobId, result: masked, contents, continuationDelayMs }, moment);
    },
    origin,
  );
  return undefined;
}
