import { LRUCache } from 'lru-cache';
import type { JobTypeId } from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution, ArtifactInstance } from '../../model/execution.ts';
import type { Job } from '../../model/job.ts';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import type { Database, Statements } from '../database.ts';
import { type ActionExecutionRow, type JobRow, toActionExecution, toJob } from '../executions/execution-row.ts';
import { sizeOf } from '../object-sizes.ts';
import { type OwnerRow, ownerColumns, toOwner } from '../pipelines/pipeline-row.ts';

/** Everything a worker gets about a job, except credentials and decrypted secrets. */
export interface JobRecord {
  job: Job;
  action: ActionExecution;
  executionId: string;
  pipeline: Pipeline;
}

/** What never changes about a job: its account, region and queue, the type of its action, where its outputs belong. */
interface JobFacts extends Scope {
  queue: string;
  actionTypeId: JobTypeId;
  outputs: Pick<ArtifactInstance, 'name' | 'bucketName' | 'objectKey'>[];
}

/** Finds a job with its action and pipeline. */
export async function findJob(sql: Statements, jobId: string): Promise<JobRecord | undefined> {
  const job = await sql.get<JobRow>('select * from jobs where id = ?', jobId);
  return job && recordOf(sql, job);
}

/** Returns whether the job exists and can still be reported on. `lock` makes its end wait until the transaction ends. */
export async function isOpenJob(sql: Statements, jobId: string, lock: '' | '{{for share}}' = ''): Promise<boolean> {
  const row = await sql.get(
    `select id from jobs where id = ? and status in ('Queued', 'Dispatched', 'InProgress') ${lock}`,
    jobId,
  );
  return row !== undefined;
}

/** Returns undefined if retention removed the action, and with it the job, meanwhile. */
export async function recordOf(sql: Statements, job: JobRow): Promise<JobRecord | undefined> {
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

/** What a record has besides the job's row. Nothing of it changes before the job has ended, except the pipeline's version. */
export type QueuedJob = Omit<JobRecord, 'job'>;

/** Returns the actions that changes start or continue with a job, by their ids. */
export function actionsIn(changes: Change[]): Map<string, ActionExecution> {
  const actions = new Map<string, ActionExecution>();
  for (const change of changes) {
    if (change.kind === 'actionStarted' || change.kind === 'actionProgressed')
      actions.set(change.action.id, change.action);
  }
  return actions;
}

/** Characters of text cached, as `charactersIn` counts them: the jobs of thousands of usual actions. */
const mostCharacters = 16 * 1024 * 1024;

/** Caches what a claim reads of jobs that decisions of this node have queued. */
export function createQueuedJobs() {
  const cache = new LRUCache<string, QueuedJob>({ maxSize: mostCharacters });
  return {
    find: (jobId: string): QueuedJob | undefined => cache.get(jobId),
    /** Adds the jobs of a transaction, once it has committed. */
    add(facts: { pipeline: Pipeline; change: Change }[]): void {
      const actions = actionsIn(facts.map(({ change }) => change));
      for (const { pipeline, change } of facts) {
        if (change.kind !== 'jobQueued') continue;
        const action = actions.get(change.job.actionExecutionId);
        if (!action) continue;
        const { executionId } = change;
        cache.set(change.job.id, { action, executionId, pipeline }, { size: 500 + sizeOf(action) });
      }
    },
  };
}

export type JobFactsCache = ReturnType<typeof createJobFacts>;
export type QueuedJobs = ReturnType<typeof createQueuedJobs>;

/** The number of jobs whose facts are cached. */
const cachedJobs = 20_000;

/** Caches the facts of jobs: most are asked for soon after the job was claimed here. */
export function createJobFacts(database: Database) {
  const cache = new LRUCache<string, JobFacts>({ max: cachedJobs });
  const add = ({ job, action, pipeline }: JobRecord): JobFacts => {
    const facts = {
      account: pipeline.account,
      region: pipeline.region,
      queue: job.queue,
      actionTypeId: action.start.actionTypeId,
      outputs: action.start.outputArtifacts.map(({ name, bucketName, objectKey }) => ({ name, bucketName, objectKey })),
    };
    cache.set(job.id, facts);
    return facts;
  };
  return {
    add,
    /** Finds the facts of a job, possibly of one that retention has removed since. */
    async find(jobId: string): Promise<JobFacts | undefined> {
      const cached = cache.get(jobId);
      if (cached) return cached;
      const record = await database.read((sql) => findJob(sql, jobId));
      return record && add(record);
    },
  };
}
