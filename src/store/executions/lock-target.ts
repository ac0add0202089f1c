import { ServiceError } from '../../contract/errors.ts';
import type { ExecutionMode } from '../../contract/generated.ts';
import type { SourceRevision } from '../../model/execution.ts';
import { jobNotFound } from '../../model/job.ts';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import { isCustomQueueOf } from '../../model/queue-key.ts';
import type { Statements } from '../database.ts';
import {
  type LockedJob,
  type LockedJobRow,
  lockedJobColumns,
  type PipelineLock,
  toLockedJob,
} from '../jobs/job-locks.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipeline-row.ts';
import type { SourceEvent } from '../pipelines/source-watches.ts';
import type { WebhookEvent } from '../pipelines/webhook-deliveries.ts';
import { findExecution } from './executions.ts';

/**
 * What `advance` locks and loads: a pipeline to start on; one of its executions, if it exists, with the last entrant of a
 * stage; or the execution behind a job. With `mayStart` the decision may start or resume an execution and so has to know
 * how many are running: nothing else changes in the pipeline meanwhile, PARALLEL executions included.
 */
export type AdvanceKey =
  | {
      kind: 'pipeline';
      scope: Scope;
      name: string;
      clientRequestToken?: string;
      revision?: SourceRevision;
      webhook?: WebhookEvent;
      source?: SourceEvent;
    }
  | { kind: 'execution'; scope: Scope; name: string; executionId: string; stageName?: string; mayStart?: boolean }
  | JobKey;

/** With an `owner`, jobs of other accounts and regions and of types that aren't custom don't exist. */
export interface JobKey {
  kind: 'job';
  jobId: string;
  owner?: Scope;
}

/**
 * What an event is about. `stageName` asks for its last entrant, `revision` for whether it is known. With `onlyContinues`
 * the execution continues from where it is, so past actions are left out unless later stages refer to them.
 */
export interface LockedTarget {
  pipeline: Pipeline;
  executionId?: string;
  onlyContinues?: boolean;
  jobId?: string;
  stageName?: string;
  clientRequestToken?: string;
  webhook?: WebhookEvent;
  source?: SourceEvent;
  revision?: SourceRevision;
  /** Undefined for the lock that PARALLEL executions share. */
  lock: PipelineLock | undefined;
  /** For the event of a job. */
  job?: Pick<LockedJob, 'lease' | 'catalogueVersion'>;
}

/** Locks the pipeline behind `key`, and the execution if it is PARALLEL. */
export async function lockTarget(sql: Statements, key: AdvanceKey): Promise<LockedTarget> {
  switch (key.kind) {
    case 'pipeline':
      return {
        ...(await lockPipeline(sql, key, '{{for update}}')),
        clientRequestToken: key.clientRequestToken,
        revision: key.revision,
        webhook: key.webhook,
        source: key.source,
      };
    case 'execution': {
      const row = await sql.get<ModeRow>('select execution_mode from executions where id = ?', key.executionId);
      const clause = key.mayStart ? '{{for update}}' : clauseFor(row);
      const { pipeline, lock } = await lockPipeline(sql, key, clause);
      const execution = await findExecution(sql, pipeline.id, key.executionId);
      if (execution) await lockExecution(sql, execution.id, clause);
      return { pipeline, lock, executionId: execution?.id, stageName: key.stageName };
    }
    case 'job':
      return lockJob(sql, key);
    default:
      return key satisfies never;
  }
}

/** Returns the target of a job's event, once its pipeline is locked. */
export function jobTarget({ jobId, owner }: JobKey, job: LockedJob): LockedTarget {
  if (owner && !isCustomQueueOf(owner, job.queue)) throw jobNotFound(jobId);
  const { pipeline, executionId, lock } = job;
  return { pipeline, lock, executionId, jobId, job, onlyContinues: true };
}

type LockClause = '{{for update}}' | '{{for share}}';

/** An execution's mode never changes, so it may be read before anything is locked. */
interface ModeRow {
  execution_mode: ExecutionMode;
}

/** PARALLEL executions advance side by side: each shares the pipeline's lock and then locks its own row. */
function clauseFor(row: ModeRow | undefined): LockClause {
  return row?.execution_mode === 'PARALLEL' ? '{{for share}}' : '{{for update}}';
}

async function lockExecution(sql: Statements, executionId: string, clause: LockClause): Promise<void> {
  if (clause === '{{for share}}') await sql.get('select id from executions where id = ? {{for update}}', executionId);
}

async function lockPipeline(
  sql: Statements,
  { scope, name }: { scope: Scope; name: string },
  clause: LockClause,
): Promise<Pick<LockedTarget, 'pipeline' | 'lock'>> {
  const row = await sql.get<PipelineRow>(
    `select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null ${clause}`,
    scope.account,
    scope.region,
    name,
  );
  if (row) {
    return { pipeline: toPipeline(row), lock: clause === '{{for update}}' ? { revision: row.revision } : undefined };
  }
  throw new ServiceError(
    'PipelineNotFoundException',
    `Pipeline with name ${name} does not exist in account ${scope.account}.`,
  );
}

/** One statement for all modes except PARALLEL, which needs other locks and a second statement. */
async function lockJob(sql: Statements, key: JobKey): Promise<LockedTarget> {
  const row = await sql.get<LockedJobRow>(
    `select p.*, ${lockedJobColumns} from jobs j join executions e on e.id = j.execution_id
       join pipelines p on p.id = j.pipeline_id where j.id = ? and e.execution_mode <> 'PARALLEL' {{for update of p}}`,
    key.jobId,
  );
  if (row) return jobTarget(key, toLockedJob(row, { revision: row.revision }));
  const shared = await sql.get<LockedJobRow>(
    `select p.*, ${lockedJobColumns} from jobs j join pipelines p on p.id = j.pipeline_id
     where j.id = ? {{for share of p}}`,
    key.jobId,
  );
  if (!shared) throw jobNotFound(key.jobId);
  await lockExecution(sql, shared.execution_id, '{{for share}}');
  return jobTarget(key, toLockedJob(shared, undefined));
}
