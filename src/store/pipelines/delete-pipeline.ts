import type { Decide } from '../../model/decision.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { advanceLocked, type Given } from '../executions/advance.ts';
import { type PipelineRow, toPipeline } from './pipelines.ts';
import { deleteWatches } from './source-watches.ts';

/**
 * Ends the executions in progress of a pipeline by `decide` and hides the pipeline from every read; its rows stay for
 * who still reports on a job, and go with the history. False when there is no such pipeline.
 */
export async function deletePipeline(
  sql: Statements,
  scope: Scope,
  name: string,
  decide: Decide<undefined>,
  given: Given,
): Promise<boolean> {
  const row = await sql.get<PipelineRow>(
    'select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null {{for update}}',
    scope.account,
    scope.region,
    name,
  );
  if (!row) return false;
  const inProgress = await sql.all<{ id: string; waiting_stage: string | null }>(
    `select id, waiting_stage from executions
     where pipeline_id = ? and status in ('InProgress', 'Stopping') and trigger_type <> ''`,
    row.id,
  );
  // Waiters come first: none of them may enter a stage that its holder leaves.
  const isWaiting = (execution: { waiting_stage: string | null }) => execution.waiting_stage !== null;
  const inTurn = [...inProgress.filter(isWaiting), ...inProgress.filter((execution) => !isWaiting(execution))];
  for (const { id } of inTurn) await advanceLocked(sql, { pipeline: toPipeline(row), executionId: id }, decide, given);
  await deleteWatches(sql, row.id);
  await sql.run('update pipelines set deleted_at = ? where id = ?', given.moment.at, row.id);
  return true;
}
