import type { Ledger } from './ledger.ts';

type Row = Record<string, string | number | null>;

/** Reads all rows of a table. */
export type Query = (sql: string) => Promise<Row[]>;

/** Compares the rows of a killed server with the ledger and with each other. */
export async function checkRows(query: Query, { starts, jobs, approvals, violations }: Ledger): Promise<void> {
  const executions = new Set((await query('select id from executions')).map(({ id }) => id));
  for (const { executionId } of starts.values()) {
    if (!executions.has(executionId)) violations.push(`there is no row of execution ${executionId}`);
  }
  const jobRows = new Map((await query(jobQuery)).map((row) => [row.id, row]));
  for (const { id, winner, accepted } of jobs.values()) {
    const row = jobRows.get(id);
    if (!row) violations.push(`there is no row of job ${id}`);
    else if (winner && row.winning_nonce !== winner.nonce) violations.push(`the acknowledgement of ${id} is lost`);
    const isKept = [...accepted.keys()].every((marker) => String(row?.result).includes(`"${marker}"`));
    if (row && !isKept && row.action_status !== 'Abandoned') violations.push(`the result of ${id} is lost`);
  }
  const answered = new Map((await query(answeredQuery)).map(({ id, status }) => [id, status]));
  for (const [token, response] of approvals) {
    const status = response === 'Approved' ? 'Succeeded' : 'Failed';
    if (answered.get(token) !== status) violations.push(`the answer to approval ${token} is lost`);
  }
  for (const [what, sql] of Object.entries(contradictions)) {
    const rows = await query(sql);
    if (rows.length > 0) violations.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
}

const jobQuery = `select j.id, j.winning_nonce, j.result, a.status as action_status
  from jobs j join action_executions a on a.id = j.action_execution_id`;

const answeredQuery = 'select id, status from action_executions where updated_by is not null';

/** Matches rows whose newest event, `e`, doesn't say their status, `s`. */
const isUntold = `case when s.status = 'InProgress' and e.state in ('STARTED', 'RESUMED') then 0
  when s.status = 'Cancelled' and e.state = 'CANCELED' then 0
  when s.status <> 'InProgress' and e.state = upper(s.status) then 0 else 1 end = 1`;

/** Conditions that no committed state may have. */
const contradictions = {
  'work goes on for an action that has ended': `select j.id, j.status, a.status as action_status
    from jobs j join action_executions a on a.id = j.action_execution_id
    where a.status <> 'InProgress' and j.deadline_at is not null`,
  'an action is in progress without a job': `select a.id from action_executions a
    where a.status = 'InProgress' and a.deadline_at is null and not exists
      (select 1 from jobs j where j.action_execution_id = a.id and j.deadline_at is not null)`,
  'an action has two open jobs': `select action_execution_id from jobs where deadline_at is not null
    group by action_execution_id having count(*) > 1`,
  'an ended execution has actions in progress': `select e.id from executions e
    where e.status not in ('InProgress', 'Stopping') and exists
      (select 1 from action_executions a where a.execution_id = e.id and a.status = 'InProgress')`,
  'an execution in progress neither waits nor is in a stage': `select e.id from executions e
    where e.status in ('InProgress', 'Stopping') and e.waiting_stage is null and not exists
      (select 1 from stage_executions s where s.execution_id = e.id and s.status in ('InProgress', 'Stopping'))`,
  'an action counts twice': `select execution_id, stage_name, action_name from action_executions
    where is_retried = 0 and condition_id is null
    group by execution_id, stage_name, action_name having count(*) > 1`,
  'a job ended twice': `select job_id from job_events
    where kind in ('Continued', 'Succeeded', 'Failed', 'TimedOut', 'Abandoned')
    group by job_id having count(*) > 1`,
  'a job was taken twice': `select job_id from job_events where kind = 'Acknowledged'
    group by job_id having count(*) > 1`,
  'a job was handed out once taken': `select d.job_id from job_events d join job_events a on a.job_id = d.job_id
    where d.kind = 'Delivered' and a.kind = 'Acknowledged' and d.sequence > a.sequence`,
  'the newest event of an execution is not its status': `with newest as
      (select execution_id, max(sequence) as sequence from events where kind = 'pipeline' group by execution_id)
    select s.id, s.status, e.state from executions s left join newest n on n.execution_id = s.id
      left join events e on e.sequence = n.sequence where ${isUntold}`,
  'the newest event of a stage is not its status': `with newest as (select execution_id, subject, max(sequence) as sequence
      from events where kind = 'stage' group by execution_id, subject)
    select s.execution_id, s.stage_name, s.status, e.state from stage_executions s
      left join newest n on n.execution_id = s.execution_id and n.subject = s.stage_name
      left join events e on e.sequence = n.sequence where ${isUntold}`,
  'an action has not one event for its start and one for its end': `with told as
      (select subject, sum(case state when 'STARTED' then 1 else 0 end) as starts,
         sum(case state when 'STARTED' then 0 else 1 end) as ends from events where kind = 'action' group by subject)
    select a.id, a.status, t.starts, t.ends from action_executions a left join told t on t.subject = a.id
    where a.condition_id is null
      and (coalesce(t.starts, 0) <> 1 or t.ends <> case a.status when 'InProgress' then 0 else 1 end)`,
  'an approval waits and its event is missing': `select a.id from action_executions a
    where a.status = 'InProgress' and a.deadline_at is not null and a.condition_id is null
      and not exists (select 1 from events e where e.kind = 'approval' and e.subject = a.id)`,
};
