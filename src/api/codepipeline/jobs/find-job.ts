import { jobNotFound } from '../../../model/job.ts';
import { isCustomQueueOf } from '../../../model/queue-key.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * Finds a custom job of the caller's account and region. Jobs of built-in providers never leave the server, so they don't
 * exist for workers; those of partners have operations of their own.
 */
export async function findJob(jobId: string, call: Call, { store }: Dependencies): Promise<JobRecord> {
  const record = await store.jobs.find(jobId);
  if (!record || !isCustomQueueOf(call, record.job.queue)) throw jobNotFound(jobId);
  return record;
}
