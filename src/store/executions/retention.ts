import { bind, type Database, type Statements } from '../database.ts';
import { forgetRemoval, listRemovals, recordRemovals } from '../objects/artifact-removals.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipeline-row.ts';
import type { ExecutionRow } from './execution-row.ts';
import { isExecutionReferenced } from './is-execution-referenced.ts';

/** Removes what is too old to be kept; instants in ms. */
export function retentionRows(database: Database) {
  return {
    ...bind(database, 'read', { ended: endedExecutions, removals: listRemovals }),
    ...bind(database, 'writeToFree', { prune: pruneExecution, prunePipelines, forgetRemoval }),
  };
}
export type RetentionRows = ReturnType<typeof retentionRows>;

/** An execution with its position in the order in which executions ended. */
export interface EndedExecution {
  id: string;
  endedAt: number;
  sequence: number;
}

/** The most rows of one table that a transaction removes, because other writes wait for it. */
const rowsAtOnce = 1000;

/** An action may have thousands of these rows, so they are removed first and in batches. */
const manyRowsOfExecution = [
  // The blocks of logs are removed later, and their rows with them.
  `update logs set removed_at = created_at where id in (
     select l.id from action_executions a join jobs j on j.action_execution_id = a.id
     join logs l on l.id = j.id where a.execution_id = ? and l.removed_at is null limit ?)`,
  `delete from job_events where sequence in (
     select e.sequence from action_executions a join jobs j on j.action_execution_id = a.id
     join job_events e on e.job_id = j.id where a.execution_id = ? limit ?)`,
  `delete from jobs where sequence in (
     select j.sequence from action_executions a join jobs j on j.action_execution_id = a.id
     where a.execution_id = ? limit ?)`,
];

/** All other rows of an execution, in the order in which they can be removed. A new table needs its line here or above. */
const rowsOfExecution = [
  'delete from action_executions where execution_id = ?',
  'delete from condition_executions where execution_id = ?',
  'delete from stage_executions where execution_id = ?',
  'delete from executions where id = ?',
];

/** The rows of a pipeline besides its executions, in batches. */
const rowsOfPipeline = [
  `delete from source_revisions where pipeline_id = ? and (action_name, revision_digest) in
     (select action_name, revision_digest from source_revisions where pipeline_id = ? limit ?)`,
  `delete from stage_transitions where pipeline_id = ? and stage_name in
     (select stage_name from stage_transitions where pipeline_id = ? limit ?)`,
  `delete from pipeline_versions where pipeline_id = ? and version in
     (select version from pipeline_versions where pipeline_id = ? limit ?)`,
];

/** Lists executions that ended before `endedBefore`, in the order of their ends, after `after`, at most `limit`. */
async function endedExecutions(
  sql: Statements,
  { endedBefore, after, limit }: { endedBefore: number; after?: EndedExecution; limit: number },
): Promise<EndedExecution[]> {
  const rows = await sql.all<{ id: string; updated_at: number; sequence: number }>(
    `select id, updated_at, sequence from executions
     where status not in ('InProgress', 'Stopping') and updated_at < ? and (updated_at, sequence) > (?, ?)
     order by updated_at, sequence limit ?`,
    endedBefore,
    after?.endedAt ?? 0,
    after?.sequence ?? 0,
    limit,
  );
  return rows.map(({ id, updated_at: endedAt, sequence }) => ({ id, endedAt, sequence }));
}

/**
 * Removes an execution with all its rows and records its output artifacts for removal, in one transaction. Returns
 * `kept` if it has not ended before `endedBefore` or something refers to it, `unfinished` if it has too many rows for one
 * transaction: call again. The pipeline is locked first, so that no retry or rollback interferes.
 */
async function pruneExecution(
  sql: Statements,
  executionId: string,
  endedBefore: number,
): Promise<'pruned' | 'kept' | 'unfinished'> {
  const pipeline = await sql.get<PipelineRow>(
    'select * from pipelines where id = (select pipeline_id from executions where id = ?) {{for update}}',
    executionId,
  );
  const execution = await sql.get<ExecutionRow>(
    `select * from executions where id = ? and status not in ('InProgress', 'Stopping') and updated_at < ?`,
    executionId,
    endedBefore,
  );
  if (!pipeline || !execution || (await isExecutionReferenced(sql, toPipeline(pipeline), execution))) return 'kept';
  for (const statement of manyRowsOfExecution) {
    if ((await sql.run(statement, executionId, rowsAtOnce)) === rowsAtOnce) return 'unfinished';
  }
  await recordRemovals(sql, pipeline.account, executionId);
  for (const statement of rowsOfExecution) await sql.run(statement, executionId);
  return 'pruned';
}

/**
 * Removes a pipeline that was deleted before `deletedBefore` and has no executions left, in batches; true if there is
 * more to remove.
 */
async function prunePipelines(sql: Statements, deletedBefore: number): Promise<boolean> {
  const row = await sql.get<{ id: string }>(
    `select id from pipelines where deleted_at is not null and deleted_at < ?
       and not exists (select 1 from executions where pipeline_id = pipelines.id)
     order by deleted_at limit 1`,
    deletedBefore,
  );
  if (!row) return false;
  for (const statement of rowsOfPipeline) {
    if ((await sql.run(statement, row.id, row.id, rowsAtOnce)) === rowsAtOnce) return true;
  }
  await sql.run('delete from pipelines where id = ?', row.id);
  return true;
}
