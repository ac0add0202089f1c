import type { Logger } from 'pino';
import { builtInKey, createBuiltInJobs } from '../api/codepipeline/jobs/built-in-jobs.ts';
import type { Dependencies } from '../api/dependencies.ts';
import type { FailureDetails } from '../contract/generated.ts';
import type { RequireRight } from '../identity/roles/service-rights.ts';
import { contentOf, type JobGrant } from '../identity/secrets/job-credentials.ts';
import type { QueueKey } from '../model/queue-key.ts';
import type { Provider, StartedAction } from '../providers/provider.ts';
import { createProviderRunner } from '../providers/provider-runner.ts';
import type { JobRecord } from '../store/store.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { JobSource } from '../worker/loop/job-source.ts';
import { createWorker, type Worker } from '../worker/loop/worker.ts';
import { buildToolsOf } from './build-tools.ts';
import type { GitToolsOf } from './git-tools.ts';
import { registryToolsOf } from './registry-tools.ts';
import type { ObjectsOfJob } from './role-objects.ts';

/** Jobs of one provider that this process runs at a time, unless it says otherwise. */
const usualConcurrency = 4;

/** How soon a waiting job is found if its notification was lost. */
const pollIntervalMs = 2000;

/** Creates a worker for each built-in provider, on the queue of this process. */
export function builtInWorkers(
  parts: Dependencies,
  {
    objectsOf,
    gitOf,
    requireRight,
    providers,
  }: { objectsOf: ObjectsOfJob; gitOf: GitToolsOf; requireRight: RequireRight; providers: readonly Provider[] },
  { archiveLimits, log }: { archiveLimits: ArchiveLimits; log: Logger },
): Worker[] {
  const jobs = createBuiltInJobs(parts);
  const run = createProviderRunner({
    providers,
    toolsFor: (job, signal) => {
      const grant = jobs.grantOf(job);
      const record = jobs.recordOf(job);
      return {
        objects: objectsOf(grant),
        git: gitOf(grant),
        ref: record.action.start.ref,
        action: startedAction(record, grant),
        builds: buildToolsOf({ dependencies: parts, requireRight }, record, signal),
        progress: (progress) => jobs.progress(job, progress),
        registries: registryToolsOf(parts, grant),
        archiveLimits,
        now: parts.now,
        log,
        signal,
      };
    },
  });
  return providers.map(({ actionTypeId, concurrency = usualConcurrency, stopGraceMs }) => {
    const key = builtInKey(actionTypeId);
    return createWorker({
      source: sourceOf(jobs, key),
      run,
      concurrency,
      ...(stopGraceMs !== undefined && { stopGraceMs }),
      pollIntervalMs,
      waitForWork: (signal, timeoutMs) => parts.jobQueue.untilQueued(key, timeoutMs, signal),
      renewIntervalMs: Math.floor(parts.settings.leaseMs / 3),
      log,
    });
  });
}

function startedAction({ action: { start } }: JobRecord, { read }: JobGrant): StartedAction {
  const versions = start.inputArtifacts.flatMap(({ name, bucketName: bucket, objectKey: key }) => {
    const content = contentOf(read, { bucket, key });
    return typeof content === 'object' && content.versionId !== undefined ? [[name, content.versionId] as const] : [];
  });
  return { ...(start.compute && { compute: start.compute }), inputVersions: Object.fromEntries(versions) };
}

function sourceOf(jobs: ReturnType<typeof createBuiltInJobs>, key: QueueKey): JobSource {
  return {
    poll: (maxBatchSize) => jobs.claim(key, maxBatchSize),
    // The claim and its lease serve as acknowledgement: if this process dies, the job is offered again.
    acknowledge: async () => 'InProgress',
    succeed: (job, success) => jobs.report(job, { outcome: 'Succeeded', ...success }),
    fail: (job, failureDetails: FailureDetails) => jobs.report(job, { outcome: 'Failed', failureDetails }),
    renew: (job) => jobs.renew(job),
    leave: (job) => jobs.leave(job),
  };
}
