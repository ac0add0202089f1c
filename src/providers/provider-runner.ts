import type { Job } from '../contract/generated.ts';
import { JobFailure } from '../worker/job-failure.ts';
import type { RunJob } from '../worker/loop/job-source.ts';
import type { Provider, ProviderTools, ProviderTypeId } from './provider.ts';

/** The providers to choose from, and the tools they get. */
export interface ProviderRunnerOptions {
  providers: readonly Provider[];
  toolsFor(job: Job, signal: AbortSignal): ProviderTools;
}

/** Returns a `RunJob` that passes each job to the provider of its type; types without one fail (behaviour D.6). */
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
