import type { Statements } from '../database.ts';
import { isOpenJob } from '../jobs/job-record.ts';

/** Returns what the credentials of a claim depend on, in the place of the id of a job. */
export function buildHolder({ sequence, fence }: { sequence: number; fence: number }): string {
  return `build-${sequence}-${fence}`;
}

/** Returns whether the holder of credentials is open: a job, or a build with the newest claim. `lock` is for `isOpenJob`. */
export async function isOpenHolder(sql: Statements, holder: string, lock: '' | '{{for share}}' = ''): Promise<boolean> {
  const [, sequence, fence] = /^build-(\d{1,15})-(\d{1,15})$/.exec(holder) ?? [];
  if (sequence === undefined) return isOpenJob(sql, holder, lock);
  const row = await sql.get(
    `select id from builds where sequence = ? and fence = ? and status = 'IN_PROGRESS' ${lock}`,
    Number(sequence),
    Number(fence),
  );
  return row !== undefined;
}
