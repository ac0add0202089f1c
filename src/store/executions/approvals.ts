import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Statements } from '../database.ts';

/** Approvals with a deadline. */
export function approvalRows(database: Database) {
  return bind(database, 'read', { overdue: overdueApprovals, nextDeadline: nextApprovalDeadline });
}

/** An execution with an approval that was not given in time; `name` is the pipeline's. */
interface OverdueApproval {
  scope: Scope;
  name: string;
  executionId: string;
}

/** Lists overdue approvals, oldest first. */
async function overdueApprovals(sql: Statements, at: number, limit: number): Promise<OverdueApproval[]> {
  const rows = await sql.all<{ account: string; region: string; name: string; execution_id: string }>(
    `select p.account, p.region, p.name, a.execution_id from action_executions a
     join pipelines p on p.id = a.pipeline_id
     where a.deadline_at is not null and a.deadline_at <= ? order by a.deadline_at limit ?`,
    at,
    limit,
  );
  return rows.map(({ account, region, name, execution_id: executionId }) => ({
    scope: { account, region },
    name,
    executionId,
  }));
}

async function nextApprovalDeadline(sql: Statements): Promise<number | undefined> {
  const row = await sql.get<{ deadline: number | null }>(
    'select min(deadline_at) as deadline from action_executions where deadline_at is not null',
  );
  return row?.deadline ?? undefined;
}
