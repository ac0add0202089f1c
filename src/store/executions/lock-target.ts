import { ServiceError } from '../../contract/errors.ts';
import type { SourceRevision } from '../../model/execution.ts';
import { jobNotFound } from '../../model/job.ts';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import { isCustomQueueOf } from '../../model/queue-key.ts';
import type { Statements } from '../database.ts';
import type { LockRequest } from '../group-commit.ts';
import { type LockedJob, readLockedJob } from '../jobs/job-locks.ts';
import {
  type LockedPipeline,
  lockPipeline,
  lockPipelineOfJob,
  type PipelineName,
  sharePipeline,
} from '../pipelines/pipeline-locks.ts';
import type { SourceEvent } from '../pipelines/source-events.ts';
import type { WebhookEvent } from '../pipelines/webhook-deliveries.ts';

/**
 * What `advance` locks and loads: a pipeline to start on; one of its executions, if it exists, with the last entrant of a
 * stage; or the execution behind a job.
 */
export type AdvanceKey = PipelineKey | ExecutionKey | JobKey;

interface PipelineKey extends PipelineName {
  kind: 'pipeline';
  clientRequestToken?: string;
  revision?: SourceRevision;
  webhook?: WebhookEvent;
  source?: SourceEvent;
}

/**
 * With `onlyContinues` the event continues the execution from where it is, so past actions are left out, except the one
 * with `actionId`.
 */
interface ExecutionKey extends PipelineName {
  kind: 'execution';
  executionId: string;
  stageName?: string;
  onlyContinues?: boolean;
  actionId?: string;
}

/** With an `owner`, jobs of other accounts and regions and of types that aren't custom don't exist. */
interface JobKey {
  kind: 'job';
  jobId: string;
  owner?: Scope;
}

/**
 * What an event is about. `stageName` asks for its last entrant, `revision` for whether it is known. With `onlyContinues`
 * the execution continues from where it is, so past actions are left out unless later stages or the event refer to them.
 */
export interface Subject extends Omit<PipelineKey, 'kind' | keyof PipelineName> {
  executionId?: string;
  onlyContinues?: boolean;
  actionId?: string;
  jobId?: string;
  stageName?: string;
  /** For the event of a job. */
  lease?: LockedJob['lease'];
}

export interface LockedTarget extends SnapshotTarget {
  /** Undefined for the lock that PARALLEL executions share. */
  lock: LockedPipeline['lock'] | undefined;
}

/** A pipeline that is locked, and what an event is about. */
export interface SnapshotTarget extends Subject {
  pipeline: Pipeline;
  /** Absent if the pipeline was created by this transaction. */
  catalogueVersion?: string;
}

/** What a group has locked for one of its members. */
export interface Locked {
  pipeline: LockedPipeline;
  job?: LockedJob;
}

/** Returns what a group can lock for `key`. Events of webhooks and sources lock other rows besides, so they run alone. */
export function locksOf(key: AdvanceKey): LockRequest | undefined {
  if (key.kind === 'pipeline' && (key.webhook ?? key.source)) return undefined;
  return key;
}

/** Locks the pipeline behind `key`, and the execution if the event is that of a job of a PARALLEL one. */
export async function lockTarget(sql: Statements, key: AdvanceKey): Promise<LockedTarget> {
  if (key.kind === 'job') return lockJob(sql, key);
  const pipeline = await lockPipeline(sql, key);
  if (pipeline) return targetOf(key, { pipeline });
  throw new ServiceError(
    'PipelineNotFoundException',
    `Pipeline with name ${key.name} does not exist in account ${key.scope.account}.`,
  );
}

/** Returns the target of an event, once its pipeline is locked. */
export function targetOf(key: AdvanceKey, { pipeline, job }: Locked): LockedTarget {
  switch (key.kind) {
    case 'pipeline': {
      const { clientRequestToken, revision, webhook, source } = key;
      return { ...pipeline, clientRequestToken, revision, webhook, source };
    }
    case 'execution': {
      const { executionId, actionId, stageName, onlyContinues } = key;
      return { ...pipeline, executionId, actionId, stageName, onlyContinues };
    }
    case 'job':
      if (!job) throw jobNotFound(key.jobId);
      return jobTarget(key, pipeline, job);
    default:
      return key satisfies never;
  }
}

function jobTarget(
  { jobId, owner }: JobKey,
  pipeline: Omit<LockedTarget, keyof Subject>,
  { queue, executionId, lease }: LockedJob,
): LockedTarget {
  if (owner && !isCustomQueueOf(owner, queue)) throw jobNotFound(jobId);
  return { ...pipeline, executionId, jobId, lease, onlyContinues: true };
}

/**
 * PARALLEL executions advance side by side: each job's event shares the pipeline's lock and then locks the execution. An
 * execution's mode never changes.
 */
async function lockJob(sql: Statements, key: JobKey): Promise<LockedTarget> {
  const [pipeline, job] = await Promise.all([lockPipelineOfJob(sql, key.jobId), readLockedJob(sql, key.jobId)]);
  if (!job) throw jobNotFound(key.jobId);
  if (pipeline) return jobTarget(key, pipeline, job);
  const shared = await sharePipeline(sql, job.pipelineId);
  if (!shared) throw jobNotFound(key.jobId);
  await sql.get('select id from executions where id = ? {{for update}}', job.executionId);
  return jobTarget(key, { ...shared, lock: undefined }, job);
}
