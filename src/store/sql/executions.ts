import type { Execution } from '../../model/execution.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { StageOccupancy } from '../../model/snapshot.ts';
import type { Statements } from '../database.ts';
import type { ExecutionRows, ListedActionExecution, ListedExecution } from '../store.ts';
import { type ActionExecutionRow, type ExecutionRow, toActionExecution, toExecution } from './execution-rows.ts';
import { readTransitions } from './transitions.ts';

/** Larger than any sequence: a page without `before` starts at the newest. */
const newest = Number.MAX_SAFE_INTEGER;

export async function findExecution(
  sql: Statements,
  pipelineId: string,
  executionId: string,
): Promise<Execution | undefined> {
  const row = await sql.get<ExecutionRow>(
    'select * from executions where id = ? and pipeline_id = ?',
    executionId,
    pipelineId,
  );
  return row && toExecution(row);
}

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
        'select * from executions where pipeline_id = ? and sequence < ? order by sequence desc limit ?',
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
     where ${ofOne ? 'e.pipeline_id = ? and a.execution_id = ?' : 'a.pipeline_id = ?'} and a.sequence < ?
       and ${listed} ${isLatest ? isNewest : ''} order by a.sequence desc limit ?`,
    pipelineId,
    ...(ofOne ? [executionId] : []),
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
     where a.pipeline_id = ? and a.id = ? and a.condition_id is null`,
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

/**
 * Who holds each stage, who waits before it, in order of arrival, and whether its way in is open. Of PARALLEL executions
 * only those that still wait to be let in are read. Occupied stages that are not among `stageNames`, which executions of earlier versions still pass through, come after them.
 */
export async function readOccupancy(
  sql: Statements,
  pipelineId: string,
  stageNames: string[],
): Promise<StageOccupancy[]> {
  const holders = await sql.all<{ execution_id: string; stage_name: string }>(
    'select execution_id, stage_name from stage_executions where pipeline_id = ? and is_locking = 1',
    pipelineId,
  );
  const waiters = await sql.all<Pick<ExecutionRow, 'id' | 'execution_mode' | 'has_lapsed'> & { waiting_stage: string }>(
    `select id, execution_mode, waiting_stage, has_lapsed from executions
     where pipeline_id = ? and waiting_stage is not null and (has_lapsed = 0 or execution_mode <> 'PARALLEL')
     order by arrival, sequence`,
    pipelineId,
  );
  const queue = (stageName: string, isLapsed: boolean, isParallel: boolean) =>
    waiters
      .filter((row) => row.waiting_stage === stageName && (row.has_lapsed === 1) === isLapsed)
      .filter((row) => (row.execution_mode === 'PARALLEL') === isParallel)
      .map(({ id }) => id);
  const transitions = await readTransitions(sql, pipelineId);
  const occupied = [...holders.map((row) => row.stage_name), ...waiters.map((row) => row.waiting_stage)];
  return [...new Set([...stageNames, ...occupied])].map((stageName) => ({
    stageName,
    holder: holders.find((row) => row.stage_name === stageName)?.execution_id,
    waiting: queue(stageName, false, false),
    lapsed: queue(stageName, true, false),
    waitingParallel: queue(stageName, false, true),
    transition: transitions.get(stageName),
  }));
}

/** How many executions of a pipeline have not ended. */
export async function countRunning(sql: Statements, pipelineId: string): Promise<number> {
  const row = await sql.get<{ count: number }>(
    `select count(*) as count from executions where pipeline_id = ? and status in ('InProgress', 'Stopping')`,
    pipelineId,
  );
  return row?.count ?? 0;
}
