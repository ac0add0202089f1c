import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import type { JobHistoryRows, JobSearch, ListedJob } from './job-history.ts';

/** A job with the place of its action; the result, which may be large, is left where it is. */
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

/** What is filtered here is few by nature, so that no index is needed for it: see `JobHistoryRows.list`. */
export async function listJobs(
  sql: Statements,
  scope: Scope,
  { isOpen, executionId, after, limit }: JobSearch,
): ReturnType<JobHistoryRows['list']> {
  const open = isOpen ? "and j.deadline_at is not null and j.action_execution_id <> ''" : '';
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

/** The jobs of an action are its chain: each continuation queues the next one. */
export async function findChain(
  sql: Statements,
  jobId: string,
): Promise<{ previousJobId?: string; nextJobId?: string }> {
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
