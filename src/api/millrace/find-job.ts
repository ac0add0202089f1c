import { ServiceError } from '../../contract/errors.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { JobRecord } from '../../store/store.ts';
import type { AdminMember, AdminParts } from './operation.ts';

/** The member by which a job is named. */
export const jobId: AdminMember = { type: 'string', isRequired: true, sentence: 'The id of a job.' };

/** A job of the caller's account and region; throws JobNotFoundException. */
export async function findJob(id: string, scope: Scope, { store }: Pick<AdminParts, 'store'>): Promise<JobRecord> {
  const record = await store.jobs.find(id);
  if (record && record.pipeline.account === scope.account && record.pipeline.region === scope.region) return record;
  throw new ServiceError('JobNotFoundException', `Job with id '${id}' does not exist`);
}
