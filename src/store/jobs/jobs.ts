import type { Job } from '../../model/job.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { QueueKey } from '../../model/queue-key.ts';
import { isOpenHolder } from '../builds/credential-holder.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { isOffered, openByDeadline } from '../fragments.ts';
import type { GroupCommit } from '../group-commit.ts';
import { acknowledgeJob, type ClaimRequest, claimJobs, deliverJob, pick, renewLease } from './deliveries.ts';
import { findJob, type JobFactsCache, type JobRecord, type QueuedJobs } from './job-record.ts';

/** The queue of jobs. Polls and acknowledgements share commits, and what a poll claims is cached. */
export function jobRows(
  database: Database,
  {
    groupCommit,
    now,
    queuedJobs,
    facts,
  }: { groupCommit: GroupCommit; now: () => number; queuedJobs: QueuedJobs; facts: JobFactsCache },
) {
  return {
    facts: facts.find,
    async claim(key: QueueKey, request: ClaimRequest): Promise<JobRecord[]> {
      const claimed = await groupCommit.add({ run: (sql) => claimJobs(sql, key, request, queuedJobs.find) });
      const records = await claimed();
      for (const record of records) facts.add(record);
      return records;
    },
    async acknowledge(
      jobId: string,
      nonce: string,
      origin?: Origin,
      owner?: Scope,
    ): Promise<{ job: Job; winningNonce?: string } | undefined> {
      const run = async (sql: Statements) => acknowledgeJob(sql, jobId, nonce, { at: now(), origin, owner });
      // A claim in the same transaction must not hand out a job that is acknowledged already.
      const acknowledged = await groupCommit.add({ run, goesFirst: true });
      return acknowledged();
    },
    deliver: (jobId: string, leaseUntil: number, origin?: Origin): Promise<JobRecord | undefined> =>
      database.write((sql) => deliverJob(sql, jobId, leaseUntil, { at: now(), origin })),
    ...bind(database, 'write', { renew: renewLease }),
    ...bind(database, 'read', {
      find: findJob,
      /** Of a job, or of a claim of a build: what its credentials depend on. */
      isOpen: (sql, holder: string) => isOpenHolder(sql, holder),
      overdue: overdueJobs,
      waiting: waitingJobs,
      waitingByQuery,
      nextOffer,
      nextDeadline,
    }),
  };
}
export type JobRows = ReturnType<typeof jobRows>;

/** Lists open jobs whose deadline has passed, oldest first. */
async function overdueJobs(sql: Statements, at: number, limit: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    `select id from jobs where ${openByDeadline} and deadline_at <= ? order by deadline_at limit ?`,
    at,
    limit,
  );
  return rows.map(({ id }) => id);
}

/** Counts the jobs that could be claimed at `at` by queue; the queue with the oldest job first, at most `limit`. */
async function waitingJobs(
  sql: Statements,
  at: number,
  limit: number,
): Promise<{ queue: string; jobs: number; oldestAt: number }[]> {
  const rows = await sql.all<{ queue: string; jobs: number; oldest_at: number }>(
    `select queue, count(*) as jobs, min(created_at) as oldest_at from jobs
     where ${isOffered} and offer_at <= ? group by queue order by oldest_at, queue limit ?`,
    at,
    limit,
  );
  return rows.map(({ queue, jobs, oldest_at: oldestAt }) => ({ queue, jobs, oldestAt }));
}

/** Counts them by queue and query value; the largest groups first, at most `limit`. */
async function waitingByQuery(
  sql: Statements,
  at: number,
  limit: number,
): Promise<{ queue: string; queryValue: string; jobs: number; oldestAt: number }[]> {
  const rows = await sql.all<{ queue: string; query_value: string; jobs: number; oldest_at: number }>(
    `select queue, query_value, count(*) as jobs, min(created_at) as oldest_at from jobs
     where ${isOffered} and offer_at <= ? group by queue, query_value
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

/** Returns when the next of these jobs can be claimed, perhaps after a lease or a delay; undefined if there is none. */
async function nextOffer(sql: Statements, key: QueueKey): Promise<number | undefined> {
  const picked = pick(key);
  const row = await sql.get<{ offer_at: number | null }>(
    `select min(offer_at) as offer_at from jobs where queue = ? and ${picked.where} and ${isOffered}`,
    key.queue,
    ...picked.parameters,
  );
  return row?.offer_at ?? undefined;
}

/** Returns the next deadline of an open job. */
async function nextDeadline(sql: Statements): Promise<number | undefined> {
  const row = await sql.get<{ deadline: number | null }>(
    `select min(deadline_at) as deadline from jobs where ${openByDeadline}`,
  );
  return row?.deadline ?? undefined;
}
