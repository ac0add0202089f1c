import type { Job } from '../../model/job.ts';
import type { JobEvent, Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Parameter, type Statements, StorageFullError } from '../database.ts';
import { openInOrder } from '../fragments.ts';
import { findJob } from './job-record.ts';

/** What happened to jobs, for people to read; the events are written along with the changes. */
export function jobHistoryRows(database: Database, now: () => number) {
  return {
    ...bind(database, 'read', { list: listJobs, chain: findChain, events: listJobEvents }),
    /** Records that credentials were issued for a job, other than those of its deliveries. */
    async recordCredentials(jobId: string, origin: Origin): Promise<void> {
      try {
        await database.write(async (sql) => {
          // Events of a job that retention has removed would never be removed.
          if (!(await findJob(sql, jobId))) return;
          insertJobEvent(sql, jobId, { kind: 'CredentialsMinted', at: now(), origin });
        });
      } catch (error) {
        // On a full disk the event is lost: a worker that is about to finish needs its credentials all the same.
        if (!(error instanceof StorageFullError)) throw error;
      }
    },
  };
}

/** A job as listed: without result and continuation token, and with the place of its action. */
export interface ListedJob extends Omit<Job, 'result' | 'continuationToken'> {
  /** Its position in the queue; newer is larger. */
  sequence: number;
  isContinuation: boolean;
  pipelineName: string;
  executionId: string;
  stageName: string;
  actionName: string;
}

/** An event with its position among the events of its job. */
export interface ListedJobEvent extends JobEvent {
  sequence: number;
}

/** Which jobs a list reads: those that wait or run, or all; of one execution, or of all. */
interface JobSearch {
  isOpen: boolean;
  executionId?: string;
  /** Jobs up to this position are left out. */
  after: number;
  limit: number;
}

/** Without the result, which may be large. */
interface ListedJobRow {
  sequence: number;
  id: string;
  action_execution_id: string;
  execution_id: string;
  status: ListedJob['status'];
  queue: string;
  query_value: string;
  deliveries: number;
  offer_at: number | null;
  deadline_at: number | null;
  is_continuation: number;
  created_at: number;
  account: string;
  region: string;
  pipeline_name: string;
  stage_name: string;
  action_name: string;
}

const columns = `j.sequence, j.id, j.action_execution_id, j.execution_id, j.status, j.queue, j.query_value, j.deliveries,
  j.offer_at, j.deadline_at, case when j.continuation_token is null then 0 else 1 end as is_continuation, j.created_at,
  p.account, p.region, p.name as pipeline_name, a.stage_name, a.action_name`;

/**
 * Lists jobs, oldest first. Reads at most `limit` jobs, up to the position `lookedTo`, and leaves out those of other
 * scopes, which are few, so they need no index.
 */
async function listJobs(
  sql: Statements,
  scope: Scope,
  { isOpen, executionId, after, limit }: JobSearch,
): Promise<{ jobs: ListedJob[]; looked: number; lookedTo: number }> {
  const open = isOpen ? `and ${openInOrder('j')}` : '';
  const rows =
    executionId === undefined
      ? await sql.all<ListedJobRow>(
          `select ${columns} from jobs j join pipelines p on p.id = j.pipeline_id
           join action_executions a on a.id = j.action_execution_id
           where j.sequence > ? ${open} order by j.sequence limit ?`,
          after,
          limit,
        )
      : await sql.all<ListedJobRow>(
          `select ${columns} from action_executions a join jobs j on j.action_execution_id = a.id
           join pipelines p on p.id = j.pipeline_id
           where a.execution_id = ? and j.sequence > ? ${open} order by j.sequence limit ?`,
          executionId,
          after,
          limit,
        );
  const own = rows.filter(({ account, region }) => account === scope.account && region === scope.region);
  return { jobs: own.map(toListedJob), looked: rows.length, lookedTo: rows.at(-1)?.sequence ?? after };
}

/** Finds the jobs before and after this one in the chain of continuations of its action. */
async function findChain(sql: Statements, jobId: string): Promise<{ previousJobId?: string; nextJobId?: string }> {
  const neighbour = (comparison: '<' | '>', order: 'asc' | 'desc') =>
    sql.get<{ id: string }>(
      `select n.id from jobs j join jobs n on n.action_execution_id = j.action_execution_id
         and n.sequence ${comparison} j.sequence
       where j.id = ? order by n.sequence ${order} limit 1`,
      jobId,
    );
  const previous = await neighbour('<', 'desc');
  const next = await neighbour('>', 'asc');
  return { previousJobId: previous?.id, nextJobId: next?.id };
}

function toListedJob(row: ListedJobRow): ListedJob {
  return {
    sequence: row.sequence,
    id: row.id,
    actionExecutionId: row.action_execution_id,
    executionId: row.execution_id,
    status: row.status,
    queue: row.queue,
    queryValue: row.query_value,
    deliveries: row.deliveries,
    offerAt: row.offer_at ?? undefined,
    deadlineAt: row.deadline_at ?? undefined,
    isContinuation: row.is_continuation === 1,
    createdAt: row.created_at,
    pipelineName: row.pipeline_name,
    stageName: row.stage_name,
    actionName: row.action_name,
  };
}

interface JobEventRow {
  sequence: number;
  kind: JobEvent['kind'];
  happened_at: number;
  caller_arn: string | null;
  access_key_id: string | null;
  request_id: string | null;
  nonce: string | null;
  lease_until: number | null;
}

const eventColumns = 'job_id, kind, happened_at, caller_arn, access_key_id, request_id, nonce, lease_until';

export function insertJobEvent(sql: Statements, jobId: string, event: JobEvent): void {
  sql.send(`insert into job_events (${eventColumns}) values (?, ?, ?, ?, ?, ?, ?, ?)`, ...eventValues(jobId, event));
}

/** Inserts the event of an acknowledgement that has won in this transaction; a repeated one has its event already. */
export function insertAcknowledgement(sql: Statements, jobId: string, event: JobEvent & { nonce: string }): void {
  sql.send(
    `insert into job_events (${eventColumns}) select ?, ?, ?, ?, ?, ?, ?, ? from jobs j
     where j.id = ? and j.winning_nonce = ?
       and not exists (select 1 from job_events e where e.job_id = j.id and e.kind = 'Acknowledged')`,
    ...eventValues(jobId, event),
    jobId,
    event.nonce,
  );
}

function eventValues(jobId: string, event: JobEvent): Parameter[] {
  return [
    jobId,
    event.kind,
    event.at,
    event.origin?.callerArn ?? null,
    event.origin?.accessKeyId ?? null,
    event.origin?.requestId ?? null,
    event.nonce ?? null,
    event.leaseUntil ?? null,
  ];
}

/** Inserts the event of a job's delivery if there was one. */
export function insertDeliveryOf(sql: Statements, jobId: string, event: JobEvent): void {
  sql.send(
    `insert into job_events (${eventColumns}) select ?, ?, ?, ?, ?, ?, ?, ? from jobs where id = ? and deliveries > 0`,
    ...eventValues(jobId, event),
    jobId,
  );
}

/** Lists the events of a job, oldest first, after the position `after`, at most `limit`. */
async function listJobEvents(
  sql: Statements,
  jobId: string,
  { after, limit }: { after: number; limit: number },
): Promise<ListedJobEvent[]> {
  const rows = await sql.all<JobEventRow>(
    'select * from job_events where job_id = ? and sequence > ? order by sequence limit ?',
    jobId,
    after,
    limit,
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    kind: row.kind,
    at: row.happened_at,
    origin:
      row.caller_arn === null
        ? undefined
        : { callerArn: row.caller_arn, accessKeyId: row.access_key_id ?? '', requestId: row.request_id ?? '' },
    nonce: row.nonce ?? undefined,
    leaseUntil: row.lease_until ?? undefined,
  }));
}
