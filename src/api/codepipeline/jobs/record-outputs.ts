import type { ArtifactContent } from '../../../model/execution.ts';
import type { JobResult } from '../../../model/job.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { isCustomQueueOf } from '../../../model/queue-key.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * Returns the contents of a job's output artifacts as it reports success, to be stored with the result in one commit. A
 * write of the job that commits after this read isn't recorded: consumers get what was, or nothing. Returns undefined for
 * results that don't end an action successfully.
 */
export async function recordOutputs(
  { jobId, owner }: { jobId: string; owner?: Scope },
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
