import { jobResult } from '../../../engine/events/job-result.ts';
import type { ArtifactContent } from '../../../model/execution.ts';
import type { JobResult } from '../../../model/job.ts';
import type { Origin } from '../../../model/job-event.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { isCustomQueueOf } from '../../../model/queue-key.ts';
import type { Dependencies } from '../../dependencies.ts';
import { operation } from '../operation.ts';
import { jobOf } from '../resources.ts';
import { findThirdPartyJob } from './find-job.ts';
import { maskedResult } from './masked-result.ts';

/** Reports success or, with a continuation token, progress (behaviour A.6). */
export const putJobSuccessResult = operation('PutJobSuccessResult', {
  note: 'complete',
  resources: jobOf,
  run: ({ jobId, ...reported }, call, dependencies) =>
    completeJob({ jobId, owner: call }, { outcome: 'Succeeded', ...reported }, dependencies, call.origin),
});

/** Reports failure: the action fails with the type as its error code (behaviour A.7). */
export const putJobFailureResult = operation('PutJobFailureResult', {
  note: 'complete',
  resources: jobOf,
  run: ({ jobId, failureDetails }, call, dependencies) =>
    completeJob({ jobId, owner: call }, { outcome: 'Failed', failureDetails }, dependencies, call.origin),
});

/** Reports a partner's success or progress; the model has no output variables here (behaviour A.9). */
export const putThirdPartyJobSuccessResult = operation('PutThirdPartyJobSuccessResult', {
  note: 'complete',
  resources: jobOf,
  async run({ jobId, clientToken, ...reported }, call, dependencies) {
    await findThirdPartyJob({ jobId, clientToken }, call, dependencies);
    return completeJob({ jobId }, { outcome: 'Succeeded', ...reported }, dependencies, call.origin);
  },
});

/** Reports a partner's failure (behaviour A.7). */
export const putThirdPartyJobFailureResult = operation('PutThirdPartyJobFailureResult', {
  note: 'complete',
  resources: jobOf,
  async run({ jobId, clientToken, failureDetails }, call, dependencies) {
    await findThirdPartyJob({ jobId, clientToken }, call, dependencies);
    return completeJob({ jobId }, { outcome: 'Failed', failureDetails }, dependencies, call.origin);
  },
});

/** A job that is reported on. */
interface CompletedJob {
  jobId: string;
  /** If set, the job must be a custom one of this account and region. */
  owner?: Scope;
  /** The nonce of a built-in provider's delivery; a superseded one is rejected. */
  fence?: string | undefined;
}

/** Passes a worker's result to the engine. Results of built-in providers have no `origin`. */
export async function completeJob(
  { jobId, owner, fence }: CompletedJob,
  result: JobResult,
  { store, sealer, settings, artifactContents }: Dependencies,
  origin?: Origin,
): Promise<undefined> {
  const { continuationDelayMs } = settings;
  const contents = await readOutputs({ jobId, owner }, result, { store, artifactContents });
  await store.advance(
    { kind: 'job', jobId, owner },
    (snapshot, moment) => {
      const masked = maskedResult(jobId, result, snapshot, sealer);
      return jobResult(snapshot, { jobId, result: masked, fence, contents, continuationDelayMs }, moment);
    },
    origin,
  );
  return undefined;
}

/**
 * Returns the contents of a job's output artifacts as it reports success, to be stored with the result in one commit. A
 * write of the job that commits after this read isn't recorded: consumers get what was, or nothing. Returns undefined for
 * results that don't end an action successfully.
 */
async function readOutputs(
  { jobId, owner }: { jobId: string; owner: Scope | undefined },
  result: JobResult,
  { artifactContents, store }: Pick<Dependencies, 'artifactContents' | 'store'>,
): Promise<Map<string, ArtifactContent> | undefined> {
  if (result.outcome === 'Failed' || result.continuationToken !== undefined) return undefined;
  const job = await store.jobs.facts(jobId);
  // Nothing is read for another owner's job, which `advance` rejects.
  if (!job || (owner && !isCustomQueueOf(owner, job.queue))) return new Map();
  const contents = job.outputs.map(
    async (place) => [place.name, await artifactContents.at(job.account, place)] as const,
  );
  return new Map(await Promise.all(contents));
}
