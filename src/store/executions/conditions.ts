import type { Change } from '../../model/change.ts';
import type { ConditionExecution, ConditionKind } from '../../model/condition.ts';
import type { Statements } from '../database.ts';
import { refusalOf } from './refusal.ts';

/** `condition_executions` as selected with `*`. */
export interface ConditionExecutionRow {
  sequence: number;
  id: string;
  execution_id: string;
  stage_name: string;
  kind: ConditionKind;
  status: ConditionExecution['status'];
  summary: string | null;
  is_retried: number;
  started_at: number;
  updated_at: number;
}

export function toConditionExecution(row: ConditionExecutionRow): ConditionExecution {
  return {
    id: row.id,
    stageName: row.stage_name,
    kind: row.kind,
    status: row.status,
    summary: row.summary ?? undefined,
    isRetried: row.is_retried === 1 || undefined,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  };
}

/** Lists the checks of an execution in order. */
export async function findConditions(sql: Statements, executionId: string): Promise<ConditionExecution[]> {
  const rows = await sql.all<ConditionExecutionRow>(
    'select * from condition_executions where execution_id = ? order by sequence',
    executionId,
  );
  return rows.map(toConditionExecution);
}

export function insertCondition(
  sql: Statements,
  pipelineId: string,
  { executionId, condition }: Extract<Change, { kind: 'conditionStarted' }>,
): void {
  sql.send(
    `insert into condition_executions (id, execution_id, execution_mode, pipeline_id, stage_name, kind, status,
       started_at, updated_at)
     values (?, ?, (select execution_mode from executions where id = ?), ?, ?, ?, ?, ?, ?)`,
    condition.id,
    executionId,
    executionId,
    pipelineId,
    condition.stageName,
    condition.kind,
    condition.status,
    condition.startedAt,
    condition.updatedAt,
  );
}

/** Changes the status of a check that must be in the status `from`. */
export function updateCondition(
  sql: Statements,
  change: Extract<Change, { kind: 'conditionEnded' | 'conditionOverridden' }>,
  { from, to }: { from: 'InProgress' | 'Failed'; to: ConditionExecution['status'] },
  at: number,
): void {
  sql.sendOne(
    refusalOf(change),
    'update condition_executions set status = ?, summary = ?, updated_at = ? where id = ? and status = ?',
    to,
    change.summary ?? null,
    at,
    change.conditionId,
    from,
  );
}
