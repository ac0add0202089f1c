import type { Statements } from '../database.ts';
import { isOpenJob } from '../jobs/jobs.ts';
import type { WriteGrantId } from './object-index.ts';

/**
 * Whether the job that a write is made for has ended. Asked first in the writing transaction, before the bucket is
 * locked: the job's row is held until the commit, so that a result, a stop or a time-out comes wholly before the write
 * or wholly after it, and no one else waits for the bucket meanwhile.
 */
export async function hasEnded(sql: Statements, grant: WriteGrantId | undefined): Promise<boolean> {
  return grant !== undefined && !(await isOpenJob(sql, grant, '{{for share}}'));
}
