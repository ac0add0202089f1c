import type { Job } from '../../../contract/generated.ts';
import type { JobGrant } from '../../../identity/secrets/job-credentials.ts';
import type { JobTypeId } from '../../../model/action-type.ts';
import type { JobResult } from '../../../model/job.ts';
import { type QueueKey, queueKey, queueOf } from '../../../model/queue-key.ts';
import type { SourceRef } from '../../../model/source-ref.ts';
import type { Dependencies } from '../../dependencies.ts';
import { completeJob } from './complete-job.ts';
import { grantOf, toPolledJob } from './job-data.ts';

/**
 * The job queue for built-in providers. They claim the same rows as remote workers, renew their leases, and their results
 * are fenced by the nonce of their delivery (decision 10).
 */
export interface BuiltInJobs {
  claim(key: QueueKey, limit: number): Promise<Job[]>;
  /** Returns what a claimed job may access, and under which role. */
  grantOf(job: Job): JobGrant;
  /** Returns what in a repository the execution of a claimed job was started for, if that is not its action's branch. */
  refOf(job: Job): SourceRef | undefined;
  /** Extends the lease; false if another node has the job or it has ended. */
  renew(job: Job): Promise<boolean>;
  report(job: Job, result: JobResult): Promise<void>;
}

/** Returns the key of the jobs of a type with owner AWS, which all accounts and regions share. */
export function builtInKey(type: JobTypeId): QueueKey {
  return queueKey(queueOf({ account: '', region: '' }, type));
}

/** Gives providers of types with owner AWS access to the queue in process. */
export function createBuiltInJobs(dependencies: Dependencies): BuiltInJobs {
  const { store, now, settings } = dependencies;
  // The wire format of a job lacks its role and its ref, so these are kept for as long as their jobs are in use.
  const claims = new WeakMap<Job, { grant: JobGrant; ref?: SourceRef }>();
  const claimOf = (job: Job) => {
    const claim = claims.get(job);
    if (!claim) throw new Error(`the job ${job.id} was not claimed here`);
    return claim;
  };
  return {
    async claim(key, limit) {
      const claimed = await dependencies.jobQueue.claim(key, { limit, leaseMs: settings.leaseMs, waitMs: 0 });
      return claimed.map((record) => {
        const grant = grantOf(record, dependencies);
        const job = toPolledJob(record, dependencies.jobCredentials.mintJobCredentials(grant), dependencies);
        claims.set(job, { grant, ref: record.action.start.ref });
        return job;
      });
    },
    grantOf: (job) => claimOf(job).grant,
    refOf: (job) => claimOf(job).ref,
    renew: (job) => store.jobs.renew(job.id ?? '', job.nonce ?? '', now() + settings.leaseMs),
    report: ({ id: jobId = '', nonce: fence }, result) => completeJob({ jobId, fence }, result, dependencies),
  };
}
