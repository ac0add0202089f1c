import { firstNonce, type Job, newestNonce } from '../../model/job.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';
import { customQueuePrefix, type QueueKey } from '../../model/queue-key.ts';
import { compareKept } from '../compare-kept.ts';
import { afterCommit, type Parameter, type Statements } from '../database.ts';
import { type JobRow, toJob } from '../executions/execution-row.ts';
import { isOffered } from '../fragments.ts';
import { insertAcknowledgement, insertJobEvent } from './job-history.ts';
import { findJob, type JobRecord, type QueuedJob, recordOf } from './job-record.ts';

/** How many jobs to claim, from when until when, and for whom. */
export interface ClaimRequest {
  limit: number;
  at: number;
  leaseUntil: number;
  origin?: Origin;
}

/**
 * Claims the oldest claimable jobs in one guarded statement: no two pollers get the same job, and a claimed job is
 * offered again when its lease ends (decision 1, 3). The result is for after the commit.
 */
export async function claimJobs(
  sql: Statements,
  key: QueueKey,
  request: ClaimRequest,
  findQueued: (jobId: string) => QueuedJob | undefined,
): Promise<() => Promise<JobRecord[]>> {
  const { at, leaseUntil, origin } = request;
  const claimed = await (request.limit === 1 ? claimOldest : claimSeveral)(sql, key, request);
  // `returning` guarantees no order, and jobs of one decision share their instant; only the sequence orders them.
  const oldestFirst = claimed.sort((left, right) => left.sequence - right.sequence);
  const records = oldestFirst.map(async (job) => {
    insertJobEvent(sql, job.id, { kind: 'Delivered', at, origin, nonce: newestNonce(job), leaseUntil });
    // Of a job that was delivered before, the action may have progressed since it was queued.
    const queued = job.deliveries === 1 ? findQueued(job.id) : undefined;
    if (!queued) return recordOf(sql, job);
    const record = { ...queued, job: toJob(job) };
    await compareKept('job', record, () => recordOf(sql, job));
    return record;
  });
  return afterCommit(Promise.all(records).then((found) => found.flatMap((record) => record ?? [])));
}

type ClaimedRow = JobRow & { sequence: number };

const deliver = `update jobs set status = 'Dispatched', deliveries = deliveries + 1, offer_at = ?`;

/** Claims at most one job: on SQLite in a fifth of the time, since an update of several rows prepares to undo them. */
function claimOldest(sql: Statements, key: QueueKey, { at, leaseUntil }: ClaimRequest): Promise<ClaimedRow[]> {
  const { where, parameters } = claimable(key, at);
  return sql.all(
    `${deliver} where sequence = (
       select sequence from jobs where ${where} order by sequence limit 1 {{skip locked}}) returning *`,
    leaseUntil,
    ...parameters,
  );
}

/** Selects in a materialized query: PostgreSQL would run a subquery that locks rows again for each updated row. */
function claimSeveral(sql: Statements, key: QueueKey, { at, leaseUntil, limit }: ClaimRequest): Promise<ClaimedRow[]> {
  const { where, parameters } = claimable(key, at);
  return sql.all(
    `with picked as materialized (
       select sequence from jobs where ${where} order by sequence limit ? {{skip locked}})
     ${deliver} where sequence in (select sequence from picked) returning *`,
    ...parameters,
    limit,
    leaseUntil,
  );
}

function claimable(key: QueueKey, at: number): { where: string; parameters: Parameter[] } {
  const picked = pick(key);
  return {
    where: `queue = ? and ${picked.where} and ${isOffered} and offer_at <= ?`,
    parameters: [key.queue, ...picked.parameters, at],
  };
}

/** Selects jobs with one query value, or those of a partner's client accounts. */
export function pick(key: QueueKey): { where: string; parameters: Parameter[] } {
  if ('queryValue' in key) return { where: 'query_value = ?', parameters: [key.queryValue] };
  return {
    where: 'query_value in (select account from third_party_clients where region = ? and type_key = ?)',
    parameters: [key.clientsOf.region, key.clientsOf.typeKey],
  };
}

/**
 * Hands a job out by its id: a delivery like any other, whose lease never shortens the current one. The nonce of a
 * delivery after the acknowledgement acknowledges nothing. Returns undefined if there is no such job.
 */
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
    insertJobEvent(sql, jobId, { kind: 'Delivered', ...by, nonce, leaseUntil: record.job.offerAt });
  }
  return record;
}

/**
 * Moves a queued or dispatched job to InProgress if `nonce` was one of its deliveries, and stores the nonce; the first
 * acknowledgement wins (decision 1). The conditions are in the statements, so they are sent together with the commit: of
 * two concurrent acknowledgements one changes the row, and the other finds it changed. The result is for after the commit:
 * the job as it is then, with the winning nonce; undefined if there is no such job, or it isn't a custom one of `owner`.
 */
export function acknowledgeJob(
  sql: Statements,
  jobId: string,
  nonce: string,
  { owner, ...by }: { at: number; origin?: Origin; owner?: Scope },
): () => Promise<{ job: Job; winningNonce?: string } | undefined> {
  const number = /^[1-9][0-9]{0,8}$/.test(nonce) ? Number(nonce) : 0;
  const ordinal = number < firstNonce ? Number.MAX_SAFE_INTEGER : number - firstNonce;
  const prefix = owner ? customQueuePrefix(owner) : '';
  const wins = 'winning_nonce is null and deliveries > ?';
  const row = sql.get<JobRow>(
    `update jobs set winning_nonce = case when ${wins} then ? else winning_nonce end,
       offer_at = case when ${wins} then null else offer_at end,
       status = case when ${wins} and status in ('Queued', 'Dispatched') then 'InProgress' else status end
     where id = ? and substr(queue, 1, ?) = ? returning *`,
    ordinal,
    nonce,
    ordinal,
    ordinal,
    jobId,
    prefix.length,
    prefix,
  );
  insertAcknowledgement(sql, jobId, { kind: 'Acknowledged', nonce, ...by });
  return afterCommit(row.then((job) => job && { job: toJob(job), winningNonce: job.winning_nonce ?? undefined }));
}

/**
 * Extends the lease of a built-in provider's delivery: the job stays Dispatched and isn't offered before the new lease
 * ends. Returns false if it was delivered again or has ended.
 */
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
