import type { Job } from '../contract/generated.ts';
import { systemFailureOf } from '../contract/system-failure.ts';
import { JobFailure } from '../worker/job-failure.ts';
import type { RunJob } from '../worker/loop/job-source.ts';
import { sleep as realSleep, type Sleep } from '../worker/loop/sleep.ts';
import type { Provider, ProviderTools, ProviderTypeId } from './provider.ts';

/** The providers to choose from, and the tools they get. */
export interface ProviderRunnerOptions {
  providers: readonly Provider[];
  toolsFor(job: Job, signal: AbortSignal): ProviderTools;
  /** The real one unless a test replaces it. */
  sleep?: Sleep;
}

/** Returns a `RunJob` that passes each job to the provider of its type; types without one fail (behaviour D.6). */
export function createProviderRunner({ providers, toolsFor, sleep = realSleep }: ProviderRunnerOptions): RunJob {
  return async (job, signal) => {
    const type = job.data?.actionTypeId;
    const provider = providers.find(({ actionTypeId }) => type && isSameType(actionTypeId, type));
    if (!provider) {
      const message = `This server cannot perform actions of the provider ${type?.provider} (${type?.category}).`;
      throw new JobFailure('ConfigurationError', message);
    }
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await provider.run(job, toolsFor(job, signal));
      } catch (error) {
        // The action is not to blame, and a provider may perform a job again.
        const isUnavailable = systemFailureOf(error)?.kind === 'unavailable';
        if (!isUnavailable || signal.aborted || attempt === mostRetries) throw error;
        await sleep(firstPauseMs * 2 ** attempt, signal);
      }
    }
  };
}

/** Retries while the database or the disk does not answer; together they last half a minute. */
const mostRetries = 5;
const firstPauseMs = 1000;

function isSameType(one: ProviderTypeId, other: ProviderTypeId): boolean {
  return (
    one.category === other.category &&
    one.owner === other.owner &&
    one.provider === other.provider &&
    one.version === other.version
  );
}
