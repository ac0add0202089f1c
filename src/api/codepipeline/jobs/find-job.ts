import { ServiceError } from '../../../contract/errors.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/** JobNotFoundException in the service's words (operations 2). */
export function jobNotFound(jobId: string): ServiceError {
  return new ServiceError('JobNotFoundException', `Job with id '${jobId}' does not exist`);
}

/** Refuses a job that `findJob` would not find; asks no database about one that this server has just handed out. */
export async function checkJob(jobId: string, call: Call, { store }: Dependencies): Promise<void> {
  const owner = await store.jobs.owner(jobId);
  const isOwn = owner?.account === call.account && owner.region === call.region;
  if (!isOwn || owner.actionTypeId.owner !== 'Custom') throw jobNotFound(jobId);
}

/**
 * A job that this caller may speak of: of the caller's account and region, and of a custom action. Jobs of built-in
 * providers never leave the server, so to a worker they do not exist; those of partners have operations of their own.
 */
export async function findJob(jobId: string, call: Call, { store }: Dependencies): Promise<JobRecord> {
  const record = await store.jobs.find(jobId);
  const isOwn = record?.pipeline.account === call.account && record.pipeline.region === call.region;
  if (!isOwn || record.action.start.actionTypeId.owner !== 'Custom') throw jobNotFound(jobId);
  return record;
}
