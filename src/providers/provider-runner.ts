import type { Job } from '../contract/generated.ts';
import { JobFailure } from '../worker/job-failure.ts';
import type { RunJob } from '../worker/loop/job-source.ts';
import type { Provider, ProviderTools, ProviderTypeId } from './provider.ts';

/** What a runner chooses from, and how the tools for one job are made. */
export interface ProviderRunnerOptions {
  providers: readonly Provider[];
  toolsFor(job: Job, signal: AbortSignal): ProviderTools;
}

/** A `RunJob` that hands each job to the provider of its action type; types without one fail (behaviour D.6). */
export function createProviderRunner({ providers, toolsFor }: ProviderRunnerOptions): RunJob {
  return async (job, signal) => {
    const type = job.data?.actionTypeId;
    const provider = providers.find(({ actionTypeId }) => type && isSameType(actionTypeId, type));
    if (!provider) {
      const message = `This server cannot perform actions of the provider ${type?.provider} (${type?.category}).`;
      throw new JobFailure('ConfigurationError', message);
    }
    return await provider.run(job, toolsFor(job, signal));
  };
}

function isSameType(one: ProviderTypeId, other: ProviderTypeId): boolean {
  return (
    one.category === other.category &&
    one.owner === other.owner &&
    one.provider === other.provider &&
    one.version === other.version
  );
}
