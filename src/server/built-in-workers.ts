import type { Logger } from 'pino';
import { builtInKey, createBuiltInJobs } from '../api/codepipeline/jobs/built-in-jobs.ts';
import type { Dependencies } from '../api/dependencies.ts';
import type { FailureDetails } from '../contract/generated.ts';
import type { QueueKey } from '../model/queue-key.ts';
import type { Provider } from '../providers/provider.ts';
import { createProviderRunner } from '../providers/provider-runner.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { JobSource } from '../worker/loop/job-source.ts';
import { createWorker, type Worker } from '../worker/loop/worker.ts';
import type { GitToolsOf } from './git-tools.ts';
import { registryToolsOf } from './registry-tools.ts';
import type { ObjectsOfJob } from './role-objects.ts';

/** Jobs of one provider that this process runs at a time. */
const concurrency = 4;

/** How soon a waiting job is found if its notification was lost. */
const pollIntervalMs = 2000;

/** Creates a worker for each built-in provider, on the queue of this process. */
export function builtInWorkers(
  parts: Dependencies,
  { objectsOf, gitOf, providers }: { objectsOf: ObjectsOfJob; gitOf: GitToolsOf; providers: readonly Provider[] },
  { archiveLimits, log }: { archiveLimits: ArchiveLimits; log: Logger },
): Worker[] {
  const jobs = createBuiltInJobs(parts);
  const run = createProviderRunner({
    providers,
    toolsFor: (job, signal) => {
      const grant = jobs.grantOf(job);
      return {
        objects: objectsOf(grant),
        git: gitOf(grant),
        ref: jobs.recordOf(job).action.start.ref,
        registries: registryToolsOf(parts, grant),
        archiveLimits,
        now: parts.now,
        log,
        signal,
      };
    },
  });
  return providers.map(({ actionTypeId }) => {
    const key = builtInKey(actionTypeId);
    return createWorker({
      source: sourceOf(jobs, key),
      run,
      concurrency,
      pollIntervalMs,
      waitForWork: (signal, timeoutMs) => parts.jobQueue.untilQueued(key, timeoutMs, signal),
      renewIntervalMs: Math.floor(parts.settings.leaseMs / 3),
      log,
    });
  });
}

function sourceOf(jobs: ReturnType<typeof createBuiltInJobs>, key: QueueKey): JobSource {
  return {
    poll: (maxBatchSize) => jobs.claim(key, maxBatchSize),
    // The claim and its lease serve as acknowledgement: if this process dies, the job is offered again.
    acknowledge: async () => 'InProgress',
    succeed: (job, success) => jobs.report(job, { outcome: 'Succeeded', ...success }),
    fail: (job, failureDetails: FailureDetails) => jobs.report(job, { outcome: 'Failed', failureDetails }),
    renew: (job) => jobs.renew(job),
  };
}
