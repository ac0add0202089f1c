import type { Execution } from '../../model/execution.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { inPipeline } from '../pipelines/in-pipeline.ts';
import type { ExecutionRows, ListedActionExecution, ListedExecution } from '../store.ts';
import { type ActionExecutionRow, type ExecutionRow, toActionExecution, toExecution } from './execution-rows.ts';

/** Larger than any sequence: a page without `before` starts at the newest. */
const newest = Number.MAX_SAFE_INTEGER;

export async function findExecution(
  sql: Statements,
  pipelineId: string,
  executionId: string,
): Promise<Execution | undefined> {
  const row = await sql.get<ExecutionRow>(
    `select * from executions where id = ? and ${inPipeline('pipeline_id')}`,
    executionId,
    pipelineId,
  );
  return row && toExecution(row);
}

/**
 * The pipeline is asked for as a range, so that the order is that of its own index: PostgreSQL may else look for the
 * few executions of a quiet pipeline through those of all others.
 */
export async function listExecutions(
  sql: Statements,
  pipelineId: string,
  { before = newest, limit, succeededIn }: Parameters<ExecutionRows['list']>[1],
): Promise<ListedExecution[]> {
  const rows = succeededIn
    ? await sql.all<ExecutionRow>(
        `select e.* from stage_executions s join executions e on e.id = s.execution_id
         where s.pipeline_id = ? and s.stage_name = ? and s.pipeline_version = ? and s.status = 'Succeeded'
           and s.execution_sequence < ? order by s.execution_sequence desc limit ?`,
        pipelineId,
        succeededIn.stageName,
        succeededIn.version,
        before,
        limit,
      )
    : await sql.all<ExecutionRow>(
        `select * from executions where pipeline_id >= ? and (pipeline_id, sequence) < (?, ?)
         order by pipeline_id desc, sequence desc limit ?`,
        pipelineId,
        pipelineId,
        before,
        limit,
      );
  return rows.map((row) => ({ ...toExecution(row), sequence: row.sequence }));
}

export function listActionExecutions(
  sql: Statements,
  pipelineId: string,
  page: Parameters<ExecutionRows['listActions']>[1],
): Promise<ListedActionExecution[]> {
  return listAttempts(sql, pipelineId, page, {
    listed: 'a.condition_id is null',
    newer: 'n.condition_id is null',
  });
}

/** Rules may share a name with an action, and with a rule of another condition of their stage. */
export function listRuleExecutions(
  sql: Statements,
  pipelineId: string,
  page: Parameters<ExecutionRows['listActions']>[1],
): Promise<ListedActionExecution[]> {
  return listAttempts(sql, pipelineId, page, {
    listed: 'a.condition_id is not null',
    newer: `(select c.kind from condition_executions c where c.id = n.condition_id)
      = (select c.kind from condition_executions c where c.id = a.condition_id)`,
  });
}

/** `listed` says which rows there are, `newer` which of the same names can be newer attempts of the same. */
async function listAttempts(
  sql: Statements,
  pipelineId: string,
  { executionId, isLatest, before = newest, limit }: Parameters<ExecutionRows['listActions']>[1],
  { listed, newer }: { listed: string; newer: string },
): Promise<ListedActionExecution[]> {
  const isNewest = `and not exists (select 1 from action_executions n where n.execution_id = a.execution_id
    and n.stage_name = a.stage_name and n.action_name = a.action_name and n.sequence > a.sequence and ${newer})`;
  // Of one execution the pipeline is asked of the execution, lest all actions of the pipeline are looked through.
  const ofOne = executionId !== undefined;
  const rows = await sql.all<ListedActionRow>(
    `select a.*, e.pipeline_version from action_executions a join executions e on e.id = a.execution_id
     where ${ofOne ? `${inPipeline('e.pipeline_id')} and a.execution_id = ? and a.sequence < ?` : 'a.pipeline_id >= ? and (a.pipeline_id, a.sequence) < (?, ?)'}
       and ${listed} ${isLatest ? isNewest : ''} order by ${ofOne ? '' : 'a.pipeline_id desc,'} a.sequence desc limit ?`,
    pipelineId,
    ofOne ? executionId : pipelineId,
    before,
    limit,
  );
  return rows.map(toListedAction);
}

export async function findActionExecution(
  sql: Statements,
  pipelineId: string,
  id: string,
): Promise<ListedActionExecution | undefined> {
  const row = await sql.get<ListedActionRow>(
    `select a.*, e.pipeline_version from action_executions a join executions e on e.id = a.execution_id
     where ${inPipeline('a.pipeline_id')} and a.id = ? and a.condition_id is null`,
    pipelineId,
    id,
  );
  return row && toListedAction(row);
}

type ListedActionRow = ActionExecutionRow & { pipeline_version: number };

function toListedAction(row: ListedActionRow): ListedActionExecution {
  return {
    ...toActionExecution(row),
    sequence: row.sequence,
    executionId: row.execution_id,
    pipelineVersion: row.pipeline_version,
  };
}

export async function hasActionExecution(
  sql: Statements,
  scope: Scope,
  actionExecutionId: string,
  pipelineId: string | undefined,
): Promise<boolean> {
  const row = await sql.get(
    `select a.id from action_executions a join pipelines p on p.id = a.pipeline_id
     where a.id = ? and a.condition_id is null and p.account = ? and p.region = ? and p.deleted_at is null
       and (p.id = ? or ? = '')`,
    actionExecutionId,
    scope.account,
    scope.region,
    pipelineId ?? '',
    pipelineId ?? '',
  );
  return row !== undefined;
}
