import type { ActionStart } from '../../model/execution.ts';
import type { Statements } from '../database.ts';

/** The object of an artifact that nothing refers to any more, and when the action that wrote it started and ended. */
export interface ArtifactRemoval {
  /** Identifies the record. */
  sequence: number;
  account: string;
  bucket: string;
  key: string;
  startedAt: number;
  endedAt: number;
}

/** Records for removal all output artifacts of an execution, whether or not its actions wrote them. */
export async function recordRemovals(sql: Statements, account: string, executionId: string): Promise<void> {
  const actions = await sql.all<{ start: string; started_at: number; updated_at: number }>(
    'select start, started_at, updated_at from action_executions where execution_id = ? order by sequence',
    executionId,
  );
  for (const action of actions) {
    const { outputArtifacts } = JSON.parse(action.start) as ActionStart;
    for (const { bucketName, objectKey } of outputArtifacts) {
      await sql.run(
        `insert into artifact_removals (account, bucket, object_key, started_at, ended_at) values (?, ?, ?, ?, ?)`,
        account,
        bucketName,
        objectKey,
        action.started_at,
        action.updated_at,
      );
    }
  }
}

/** Lists recorded artifacts, oldest record first, after the record `after`, at most `limit`. */
export async function listRemovals(
  sql: Statements,
  { after, limit }: { after: number; limit: number },
): Promise<ArtifactRemoval[]> {
  const rows = await sql.all<{
    sequence: number;
    account: string;
    bucket: string;
    object_key: string;
    started_at: number;
    ended_at: number;
  }>('select * from artifact_removals where sequence > ? order by sequence limit ?', after, limit);
  return rows.map((row) => ({
    sequence: row.sequence,
    account: row.account,
    bucket: row.bucket,
    key: row.object_key,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }));
}

/** Deletes the record of an artifact whose objects were removed. */
export async function forgetRemoval(sql: Statements, sequence: number): Promise<void> {
  await sql.run('delete from artifact_removals where sequence = ?', sequence);
}
