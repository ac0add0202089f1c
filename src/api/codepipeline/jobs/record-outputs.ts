import type { ArtifactContent } from '../../../model/execution.ts';
import type { JobResult } from '../../../model/job.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * What is at the places of a job's output artifacts as it reports success, to be kept with the result in one commit. A
 * write of the job that is committed after this look is not what was recorded: consumers get what was, or nothing.
 * Undefined for what does not end an action well.
 */
export async function recordOutputs(
  jobId: string,
  result: JobResult,
  { artifactContents, store }: Pick<Dependencies, 'artifactContents' | 'store'>,
): Promise<Map<string, ArtifactContent> | undefined> {
  if (result.outcome === 'Failed' || result.continuationToken !== undefined) return undefined;
  const { account, outputs } = (await store.jobs.owner(jobId)) ?? { account: '', outputs: [] };
  const contents = outputs.map(async (place) => [place.name, await artifactContents.at(account, place)] as const);
  return new Map(await Promise.all(contents));
}
