import type { Job } from '../../../contract/generated.ts';
import { jobProgress } from '../../../engine/events/job-progress.ts';
import type { JobGrant } from '../../../identity/secrets/job-credentials.ts';
import type { JobTypeId } from '../../../model/action-type.ts';
import type { ActionProgress } from '../../../model/execution.ts';
import type { JobResult } from '../../../model/job.ts';
import { keyName, type QueueKey, queueKey, queueOf } from '../../../model/queue-key.ts';
import type { JobRecord } from '../../../store/store.ts';
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
  /** Returns the record of a claimed job, which has more of it than the wire format. */
  recordOf(job: Job): JobRecord;
  /** Extends the lease; false if another node has the job or it has ended. */
  renew(job: Job): Promise<boolean>;
  /** Ends the lease, so that the job is offered again at once. */
  leave(job: Job): Promise<void>;
  /** Shows progress of a claimed job that goes on. */
  progress(job: Job, progress: ActionProgress): Promise<void>;
  report(job: Job, result: JobResult): Promise<void>;
}

/** Returns the key of the jobs of a type with owner AWS, which all accounts and regions share. */
export function builtInKey(type: JobTypeId): QueueKey {
  return queueKey(queueOf({ account: '', region: '' }, type));
}

/** Gives providers of types with owner AWS access to the queue in process. */
export function createBuiltInJobs(dependencies: Dependencies): BuiltInJobs {
  const { store, now, settings } = dependencies;
  // The wire format of a job lacks its role and more, so these are kept for as long as their jobs are in use.
  const claims = new WeakMap<Job, { grant: JobGrant; record: JobRecord }>();
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
        claims.set(job, { grant, record });
        return job;
      });
    },
    grantOf: (job) => claimOf(job).grant,
    recordOf: (job) => claimOf(job).record,
    renew: (job) => store.jobs.renew(job.id ?? '', job.nonce ?? '', now() + settings.leaseMs),
    async leave(job) {
      const { queue, queryValue } = claimOf(job).record.job;
      const isLeft = await store.jobs.renew(job.id ?? '', job.nonce ?? '', now());
      if (isLeft) store.notifications.wake([keyName(queue, queryValue)]);
    },
    async progress({ id: jobId = '', nonce: fence = '' }, progress) {
      await store.advance({ kind: 'job', jobId }, (snapshot, moment) =>
        jobProgress(snapshot, { jobId, progress, fence }, moment),
      );
    },
    report: ({ id: jobId = '', nonce: fence }, result) => completeJob({ jobId, fence }, result, dependencies),
  };
}
