import { firstNonce, type Job, newestNonce } from '../../model/job.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Parameter, Statements } from '../database.ts';
import type { ClaimedQueue, ClaimRequest, JobRecord } from '../store.ts';
import { type ActionExecutionRow, type JobRow, toActionExecution, toJob } from './execution-rows.ts';
import { changesById, type Gathered, gather } from './gather.ts';
import { insertJobEvent } from './job-events.ts';
import { lookUp, lookup } from './lookups.ts';
import { type OwnerRow, ownerColumns, toOwner } from './pipelines.ts';

/**
 * Claims the oldest offered jobs of a queue in one guarded statement: two pollers can never both get a job, and a
 * claimed job is offered again when its lease ends (DECISIONS 1, 3). Polls for the same that come together are served by
 * one statement, in their order.
 */
export async function claimJobs(sql: Statements, request: ClaimRequest): Promise<JobRecord[]> {
  const jobs = await gather(sql, claims, request);
  const records = await Promise.all(
    jobs.map(async (job) => {
      const { at, origin } = request;
      const delivery = { at, origin, nonce: newestNonce(job), leaseUntil: job.offer_at ?? undefined };
      const told = insertJobEvent(sql, job.id, { kind: 'Delivered', ...delivery });
      const [record] = await Promise.all([recordOf(sql, job), told]);
      return record;
    }),
  );
  return records.flatMap((record) => record ?? []);
}

const claims: Gathered<ClaimRequest, JobRow[]> = {
  turn: 0,
  async run(sql, requests) {
    const sameQueue = new Map<string, ClaimRequest[]>();
    for (const request of requests) {
      const name = JSON.stringify([request.queue, pick(request).parameters]);
      sameQueue.set(name, [...(sameQueue.get(name) ?? []), request]);
    }
    const served = new Map<ClaimRequest, JobRow[]>();
    await Promise.all(
      [...sameQueue.values()].map(async (polls) => {
        const oldestFirst = await claimTogether(sql, polls);
        for (const poll of polls) served.set(poll, oldestFirst.splice(0, poll.limit));
      }),
    );
    return requests.map((request) => served.get(request) ?? []);
  },
};

/** The jobs are picked apart from the update: a subquery that locks rows must not run again for each row PostgreSQL updates. */
async function claimTogether(sql: Statements, [first, ...others]: ClaimRequest[]): Promise<JobRow[]> {
  if (!first) return [];
  const polls = [first, ...others];
  const picked = pick(first);
  const claimed = await sql.all<JobRow>(
    `with picked as materialized (
       select sequence from jobs where queue = ? and ${picked.where} and offer_at is not null and offer_at <= ?
       order by sequence limit ? {{skip locked}})
     update jobs set status = 'Dispatched', deliveries = deliveries + 1, offer_at = ?
     where sequence in (select sequence from picked) returning *`,
    first.queue,
    ...picked.parameters,
    Math.min(...polls.map(({ at }) => at)),
    polls.reduce((sum, { limit }) => sum + limit, 0),
    Math.max(...polls.map(({ leaseUntil }) => leaseUntil)),
  );
  // `returning` promises no order, and jobs of one decision share their instant: the sequence alone tells who is older.
  return claimed.sort((left, right) => left.sequence - right.sequence);
}

/** Jobs with one query value, or those of the accounts that are a partner's clients. */
function pick(request: ClaimedQueue): { where: string; parameters: Parameter[] } {
  if ('queryValue' in request) return { where: 'query_value = ?', parameters: [request.queryValue] };
  return {
    where: 'query_value in (select account from third_party_clients where region = ? and type_key = ?)',
    parameters: [request.clientsOf.region, request.clientsOf.typeKey],
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

type ActionWithOwner = ActionExecutionRow & OwnerRow;

const actionWithOwner = lookup<ActionWithOwner>(
  `select a.*, ${ownerColumns} from asked cross join action_executions a join pipelines p on p.id = a.pipeline_id
    where a.id = asked.one`,
  (row) => [row.id],
);

/** Undefined for a job too old to be kept: it may go, together with its action, while it is being read. */
async function recordOf(sql: Statements, job: JobRow): Promise<JobRecord | undefined> {
  const [row] = await lookUp(sql, actionWithOwner, job.action_execution_id);
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
 * Any delivered nonce acknowledges a job that nobody has acknowledged; the first one wins (DECISIONS 1). The guard is in
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
  const met = await gather(sql, acknowledgements, { id: jobId, nonce, ordinal });
  if (met === 1) await insertJobEvent(sql, jobId, { kind: 'Acknowledged', nonce, ...by });
  const [row] = await lookUp(sql, jobById, jobId);
  return row && { job: toJob(row), winningNonce: row.winning_nonce ?? undefined };
}

const acknowledgements = changesById<{ id: string; nonce: string; ordinal: number }>(0, {
  mark: '(?, ?, cast(? as bigint))',
  values: ({ nonce, ordinal }) => [nonce, ordinal],
  statement: `update jobs set winning_nonce = asked.v1, offer_at = null,
      status = case when status in ('Queued', 'Dispatched') then 'InProgress' else status end from asked
    where id = asked.v0 and winning_nonce is null and deliveries > asked.v2`,
});

const jobById = lookup<JobRow>('select j.* from asked cross join jobs j where j.id = asked.one', (row) => [row.id]);

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
export async function nextOffer(sql: Statements, wanted: ClaimedQueue): Promise<number | undefined> {
  const picked = pick(wanted);
  const row = await sql.get<{ offer_at: number | null }>(
    `select min(offer_at) as offer_at from jobs where queue = ? and ${picked.where} and offer_at is not null`,
    wanted.queue,
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
