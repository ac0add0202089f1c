import { firstNonce, type Job, newestNonce } from '../../model/job.ts';
import type { Origin } from '../../model/job-event.ts';
import type { QueueKey } from '../../model/queue-key.ts';
import type { Parameter, Statements } from '../database.ts';
import { type ActionExecutionRow, type JobRow, toActionExecution, toJob } from '../executions/execution-rows.ts';
import { type OwnerRow, ownerColumns, toOwner } from '../pipelines/pipelines.ts';
import type { ClaimRequest, JobRecord } from '../store.ts';
import { insertJobEvent } from './job-events.ts';

/**
 * Claims the oldest offered jobs of a queue in one guarded statement: two pollers can never both get a job, and a
 * claimed job is offered again when its lease ends (decision 1, 3). They are picked apart from the update: a subquery
 * that locks rows must not run again for each row PostgreSQL updates.
 */
export async function claimJobs(sql: Statements, key: QueueKey, request: ClaimRequest): Promise<JobRecord[]> {
  const { at, leaseUntil, origin } = request;
  const picked = pick(key);
  const claimed = await sql.all<JobRow & { sequence: number }>(
    `with picked as materialized (
       select sequence from jobs where queue = ? and ${picked.where} and offer_at is not null and offer_at <= ?
       order by sequence limit ? {{skip locked}})
     update jobs set status = 'Dispatched', deliveries = deliveries + 1, offer_at = ?
     where sequence in (select sequence from picked) returning *`,
    key.queue,
    ...picked.parameters,
    at,
    request.limit,
    leaseUntil,
  );
  // `returning` promises no order, and jobs of one decision share their instant: the sequence alone tells who is older.
  const oldestFirst = claimed.sort((left, right) => left.sequence - right.sequence);
  const records = await Promise.all(
    oldestFirst.map(async (job) => {
      const event = { kind: 'Delivered', at, origin, nonce: newestNonce(job), leaseUntil } as const;
      const [record] = await Promise.all([recordOf(sql, job), insertJobEvent(sql, job.id, event)]);
      return record;
    }),
  );
  return records.flatMap((record) => record ?? []);
}

/** Jobs with one query value, or those of the accounts that are a partner's clients. */
function pick(key: QueueKey): { where: string; parameters: Parameter[] } {
  if ('queryValue' in key) return { where: 'query_value = ?', parameters: [key.queryValue] };
  return {
    where: 'query_value in (select account from third_party_clients where region = ? and type_key = ?)',
    parameters: [key.clientsOf.region, key.clientsOf.typeKey],
  };
}

/** Counts one more delivery; a job that nobody has acknowledged is kept from others until `leaseUntil` at least. */
export async function deliverJob(
  sql: Statements,
  jobId: string,
  leaseUntil: number,
  by: { at: number; origin?: Origin },
): Promise<JobRecord | undefined> {
  await sql.run(
    `update jobs set deliveries = deliveries + 1, offer_at = case when offer_at < ? then ? else offer_at end,
       status = case when status = 'Queued' then 'Dispatched' else status end where id = ?`,
    leaseUntil,
    leaseUntil,
    jobId,
  );
  const record = await findJob(sql, jobId);
  if (record) {
    const nonce = newestNonce(record.job);
    await insertJobEvent(sql, jobId, { kind: 'Delivered', ...by, nonce, leaseUntil: record.job.offerAt });
  }
  return record;
}

export async function findJob(sql: Statements, jobId: string): Promise<JobRecord | undefined> {
  const job = await sql.get<JobRow>('select * from jobs where id = ?', jobId);
  return job && recordOf(sql, job);
}

/** Whether the job can still be reported on. `lock` keeps it so, or keeps its end waiting, until the transaction ends. */
export async function isOpenJob(sql: Statements, jobId: string, lock: '' | '{{for share}}' = ''): Promise<boolean> {
  const row = await sql.get(
    `select id from jobs where id = ? and status in ('Queued', 'Dispatched', 'InProgress') ${lock}`,
    jobId,
  );
  return row !== undefined;
}

/** Undefined for a job too old to be kept: it may go, together with its action, while it is being read. */
async function recordOf(sql: Statements, job: JobRow): Promise<JobRecord | undefined> {
  const row = await sql.get<ActionExecutionRow & OwnerRow>(
    `select a.*, ${ownerColumns} from action_executions a join pipelines p on p.id = a.pipeline_id where a.id = ?`,
    job.action_execution_id,
  );
  return (
    row && {
      job: toJob(job),
      action: toActionExecution(row),
      executionId: job.execution_id,
      pipeline: toOwner(row),
    }
  );
}

/**
 * Any delivered nonce acknowledges a job that nobody has acknowledged; the first one wins (decision 1). The guard is in
 * the statement: of two acknowledgements at once one changes the row, the other reads what the first wrote.
 */
export async function acknowledgeJob(
  sql: Statements,
  jobId: string,
  nonce: string,
  by: { at: number; origin?: Origin },
): Promise<{ job: Job; winningNonce?: string } | undefined> {
  const number = /^[1-9][0-9]{0,8}$/.test(nonce) ? Number(nonce) : 0;
  const ordinal = number < firstNonce ? Number.MAX_SAFE_INTEGER : number - firstNonce;
  const acknowledged = await sql.get<JobRow>(
    `update jobs set winning_nonce = ?, offer_at = null,
       status = case when status in ('Queued', 'Dispatched') then 'InProgress' else status end
     where id = ? and winning_nonce is null and deliveries > ? returning *`,
    nonce,
    jobId,
    ordinal,
  );
  if (acknowledged) await insertJobEvent(sql, jobId, { kind: 'Acknowledged', nonce, ...by });
  const row = acknowledged ?? (await sql.get<JobRow>('select * from jobs where id = ?', jobId));
  return row && { job: toJob(row), winningNonce: row.winning_nonce ?? undefined };
}

/** A built-in provider keeps its delivery: the job stays Dispatched and is not offered before the new lease ends. */
export async function renewLease(sql: Statements, jobId: string, nonce: string, leaseUntil: number): Promise<boolean> {
  const row = await sql.get<JobRow>('select * from jobs where id = ?', jobId);
  if (!row || newestNonce(row) !== nonce) return false;
  const renewed = await sql.run(
    `update jobs set offer_at = ? where id = ? and deliveries = ? and status = 'Dispatched'`,
    leaseUntil,
    jobId,
    row.deliveries,
  );
  return renewed === 1;
}

export async function overdueJobs(sql: Statements, at: number, limit: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    "select id from jobs where deadline_at is not null and queue <> '' and deadline_at <= ? order by deadline_at limit ?",
    at,
    limit,
  );
  return rows.map(({ id }) => id);
}

/** What could be claimed at `at`, counted by queue; the queue that has waited longest comes first. */
export async function waitingJobs(
  sql: Statements,
  at: number,
  limit: number,
): Promise<{ queue: string; jobs: number; oldestAt: number }[]> {
  const rows = await sql.all<{ queue: string; jobs: number; oldest_at: number }>(
    `select queue, count(*) as jobs, min(created_at) as oldest_at from jobs
     where offer_at is not null and offer_at <= ? group by queue order by oldest_at, queue limit ?`,
    at,
    limit,
  );
  return rows.map(({ queue, jobs, oldest_at: oldestAt }) => ({ queue, jobs, oldestAt }));
}

/** The same by the value that polls ask for as well; the largest groups come first. */
export async function waitingByQuery(
  sql: Statements,
  at: number,
  limit: number,
): Promise<{ queue: string; queryValue: string; jobs: number; oldestAt: number }[]> {
  const rows = await sql.all<{ queue: string; query_value: string; jobs: number; oldest_at: number }>(
    `select queue, query_value, count(*) as jobs, min(created_at) as oldest_at from jobs
     where offer_at is not null and offer_at <= ? group by queue, query_value
     order by jobs desc, queue, query_value limit ?`,
    at,
    limit,
  );
  return rows.map((row) => ({
    queue: row.queue,
    queryValue: row.query_value,
    jobs: row.jobs,
    oldestAt: row.oldest_at,
  }));
}

/** When the next of these jobs can be claimed, be it by the end of a lease or of a delay. */
export async function nextOffer(sql: Statements, key: QueueKey): Promise<number | undefined> {
  const picked = pick(key);
  const row = await sql.get<{ offer_at: number | null }>(
    `select min(offer_at) as offer_at from jobs where queue = ? and ${picked.where} and offer_at is not null`,
    key.queue,
    ...picked.parameters,
  );
  return row?.offer_at ?? undefined;
}

export async function nextDeadline(sql: Statements): Promise<number | undefined> {
  const row = await sql.get<{ deadline: number | null }>(
    "select min(deadline_at) as deadline from jobs where deadline_at is not null and queue <> ''",
  );
  return row?.deadline ?? undefined;
}
