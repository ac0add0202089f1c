import type { Job } from '../../../contract/generated.ts';
import { jobResult } from '../../../engine/events/job-result.ts';
import type { JobGrant } from '../../../identity/secrets/job-credentials.ts';
import type { JobTypeId } from '../../../model/action-type.ts';
import type { JobResult } from '../../../model/job.ts';
import { type QueueKey, queueKey, queueOf } from '../../../model/queue-key.ts';
import type { Dependencies } from '../../dependencies.ts';
import { grantOf, toPolledJob } from './job-data.ts';
import { maskedResult } from './masked-result.ts';
import { recordOutputs } from './record-outputs.ts';

/**
 * The queue as the providers inside the server use it: they claim the same rows as remote workers, keep their lease by
 * renewing it, and report under the fence of their delivery (decision 10).
 */
export interface BuiltInJobs {
  claim(key: QueueKey, limit: number): Promise<Job[]>;
  /** What a job that was claimed here may reach, and under which role. */
  grantOf(job: Job): JobGrant;
  /** Extends the lease; false when the job was handed to another node or has ended. */
  renew(job: Job): Promise<boolean>;
  report(job: Job, result: JobResult): Promise<void>;
}

/** Returns the key of the jobs of a type with owner AWS, which all accounts and regions share. */
export function builtInKey(type: JobTypeId): QueueKey {
  return queueKey(queueOf({ account: '', region: '' }, type));
}

/** In-process access to the queue for providers of `type`s with owner AWS. */
export function createBuiltInJobs(parts: Dependencies): BuiltInJobs {
  const { store, now, sealer, settings } = parts;
  // A job on the wire does not carry its role, so what was claimed is remembered for as long as the job is in use.
  const grants = new WeakMap<Job, JobGrant>();
  return {
    async claim(key, limit) {
      const claimed = await parts.jobQueue.claim(key, { limit, leaseMs: settings.leaseMs, waitMs: 0 });
      return claimed.map((record) => {
        const grant = grantOf(record, parts);
        const job = toPolledJob(record, parts.jobCredentials.mintJobCredentials(grant), parts);
        grants.set(job, grant);
        return job;
      });
    },
    grantOf(job) {
      const grant = grants.get(job);
      if (!grant) throw new Error(`the job ${job.id} was not claimed here`);
      return grant;
    },
    renew: (job) => store.jobs.renew(job.id ?? '', job.nonce ?? '', now() + settings.leaseMs),
    async report({ id: jobId = '', nonce: fence }, result) {
      const { continuationDelayMs } = settings;
      const contents = await recordOutputs({ jobId }, result, parts);
      await store.advance({ kind: 'job', jobId }, (snapshot, moment) => {
        const masked = maskedResult(jobId, result, snapshot, sealer);
        return jobResult(snapshot, { jobId, result: masked, fence, contents, continuationDelayMs }, moment);
      });
    },
  };
}
