import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { JobEventKind, Origin } from '../../model/job-event.ts';
import { OvertakenError, type Statements } from '../database.ts';
import { inPipeline } from '../fragments.ts';
import { insertJobEvent } from '../jobs/job-history.ts';
import { recordSeen } from '../pipelines/source-watches.ts';
import { recordEvent } from '../pipelines/webhook-deliveries.ts';
import { insertCondition, updateCondition } from './conditions.ts';
import { insertAction, insertExecution, insertJob } from './inserts.ts';
import { recordRevisions } from './source-revisions.ts';
import { putTransition } from './stage-occupancy.ts';

/**
 * Writes one change of a decision. Sends all its statements before it waits for a response, so that those of the next
 * change come after them. `at` is the decision's moment, `origin` the caller that led to it.
 */
export async function writeChange(
  sql: Statements,
  pipelineId: string,
  change: Change,
  { at, origin }: { at: number; origin?: Origin },
): Promise<void> {
  switch (change.kind) {
    case 'transitionDisabled':
    case 'transitionEnabled':
      return putTransition(sql, pipelineId, change.stageName, change.transition);
    case 'executionStarted':
      return insertExecution(sql, pipelineId, change.execution, change.clientRequestToken);
    case 'executionWaiting':
      return one(
        sql.run(
          `update executions set waiting_stage = ?, updated_at = ?, arrival = (select coalesce(max(arrival), 0) + 1
             from executions where pipeline_id = ? and waiting_stage is not null) where id = ?`,
          change.stageName,
          at,
          pipelineId,
          change.executionId,
        ),
        change,
      );
    case 'executionExpired':
      return one(
        sql.run('update executions set has_lapsed = 1 where id = ? and waiting_stage is not null', change.executionId),
        change,
      );
    case 'executionSuperseded':
      return one(
        sql.run(
          `update executions set status = 'Superseded', waiting_stage = null, updated_at = ? where id = ? and status = 'InProgress'`,
          at,
          change.executionId,
        ),
        change,
      );
    case 'webhookTriggered':
      return recordEvent(sql, change, at);
    case 'sourceSeen':
      return one(recordSeen(sql, pipelineId, change), change);
    case 'executionEnded':
      return one(
        sql.run(
          `update executions set status = ?, status_summary = ?, waiting_stage = null, updated_at = ?
           where id = ? and status in ('InProgress', 'Stopping')`,
          change.status,
          change.statusSummary ?? null,
          at,
          change.executionId,
        ),
        change,
      );
    case 'executionStopping':
      return stopExecution(sql, change, at);
    case 'revisionsRecorded':
      return all([
        recordRevisions(sql, pipelineId, change.revisions),
        one(
          sql.run(
            'update executions set revisions = ?, updated_at = ? where id = ?',
            JSON.stringify(change.revisions),
            at,
            change.executionId,
          ),
          change,
        ),
      ]);
    case 'stageEntered':
      return enterStage(sql, pipelineId, change, at);
    case 'stageRetried':
      return retryStage(sql, change, at);
    case 'stageEnded':
      return one(
        sql.run(
          `update stage_executions set status = ?, is_locking = 0, updated_at = ?
           where execution_id = ? and stage_name = ? and status in ('InProgress', 'Stopping')`,
          change.status,
          at,
          change.executionId,
          change.stageName,
        ),
        change,
      );
    case 'conditionStarted':
      return insertCondition(sql, pipelineId, change);
    case 'conditionEnded':
      return one(
        updateCondition(
          sql,
          change.conditionId,
          { from: 'InProgress', to: change.status, summary: change.summary },
          at,
        ),
        change,
      );
    case 'conditionOverridden':
      return all([
        one(
          updateCondition(sql, change.conditionId, { from: 'Failed', to: 'Overridden', summary: change.summary }, at),
          change,
        ),
        resumeStage(sql, change, at),
      ]);
    case 'actionStarted':
      return insertAction(sql, pipelineId, change.executionId, change.action);
    case 'actionProgressed':
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      return updateAction(sql, change, change.action);
    case 'jobQueued':
      return insertJob(sql, pipelineId, change.executionId, change.job);
    case 'jobEnded':
      return endJob(sql, change, { at, origin });
    default:
      return change satisfies never;
  }
}

async function all(writes: Promise<unknown>[]): Promise<void> {
  await Promise.all(writes);
}

/** The pipeline was locked for the decision, so each change must find the row it was decided on; anything else is a bug. */
async function one(changed: Promise<number>, change: Change): Promise<void> {
  if ((await changed) === 1) return;
  // A claim takes no lock on the pipeline, and may have happened since the job was read.
  if (change.kind === 'jobEnded' && change.deliveries !== undefined) throw new OvertakenError();
  throw new Error(`${change.kind} met no row: ${JSON.stringify(change)}`);
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

type JobEnd = Extract<Change, { kind: 'jobEnded' }>;

function endJob(sql: Statements, change: JobEnd, by: { at: number; origin?: Origin }): Promise<void> {
  return all([
    one(
      sql.run(
        `update jobs set status = ?, result = ?, offer_at = null, deadline_at = null
         where id = ? and status in ('Queued', 'Dispatched', 'InProgress') and deliveries = coalesce(?, deliveries)`,
        change.status,
        json(change.result),
        change.jobId,
        change.deliveries ?? null,
      ),
      change,
    ),
    insertJobEvent(sql, change.jobId, { kind: endOf(change), ...by }),
  ]);
}

/** A job fails without a result when its action is abandoned or its pipeline deleted. */
function endOf({ status, result }: JobEnd): JobEventKind {
  if (status === 'TimedOut') return 'TimedOut';
  if (!result) return 'Abandoned';
  return result.outcome === 'Succeeded' && result.continuationToken !== undefined ? 'Continued' : result.outcome;
}

function stopExecution(
  sql: Statements,
  change: Extract<Change, { kind: 'executionStopping' }>,
  at: number,
): Promise<void> {
  return all([
    one(
      sql.run(
        `update executions set status = 'Stopping', stop_trigger = ?, updated_at = ?
         where id = ? and status in ('InProgress', 'Stopping')`,
        JSON.stringify(change.stopTrigger),
        at,
        change.executionId,
      ),
      change,
    ),
    sql.run(
      `update stage_executions set status = 'Stopping', updated_at = ?
       where execution_id = ? and status in ('InProgress', 'Stopping')`,
      at,
      change.executionId,
    ),
  ]);
}

function enterStage(
  sql: Statements,
  pipelineId: string,
  { executionId, stageName, isLocking }: Extract<Change, { kind: 'stageEntered' }>,
  at: number,
): Promise<void> {
  return all([
    sql.run('update executions set waiting_stage = null, updated_at = ? where id = ?', at, executionId),
    sql.run(
      `insert into stage_executions (execution_id, execution_mode, pipeline_id, stage_name, status, is_locking,
         started_at, updated_at, pipeline_version, execution_sequence)
       select id, execution_mode, pipeline_id, ?, 'InProgress', ?, ?, ?, pipeline_version, sequence
       from executions where id = ? and ${inPipeline('pipeline_id')}`,
      stageName,
      isLocking ? 1 : 0,
      at,
      at,
      executionId,
      pipelineId,
    ),
  ]);
}

async function updateAction(sql: Statements, change: Change, action: ActionExecution): Promise<void> {
  await one(
    sql.run(
      `update action_executions set status = ?, start = ?, progress = ?, error = ?, output_variables = ?,
         current_revision = ?, deadline_at = ?, updated_by = ?, updated_at = ? where id = ? and status = 'InProgress'`,
      action.status,
      JSON.stringify(action.start),
      JSON.stringify(action.progress),
      json(action.error),
      json(action.outputVariables),
      json(action.currentRevision),
      action.deadlineAt ?? null,
      action.updatedBy ?? null,
      action.updatedAt,
      action.id,
    ),
    change,
  );
}

/** Marks a stage and its execution as in progress, again or still. */
function resumeStage(
  sql: Statements,
  change: Extract<Change, { kind: 'stageRetried' | 'conditionOverridden' }>,
  at: number,
): Promise<void> {
  return all([
    one(
      sql.run(
        `update executions set status = 'InProgress', status_summary = null, stop_trigger = null, updated_at = ?
         where id = ? and status in ('InProgress', 'Failed', 'Stopped')`,
        at,
        change.executionId,
      ),
      change,
    ),
    one(
      sql.run(
        `update stage_executions set status = 'InProgress', is_locking = ?, updated_at = ?
         where execution_id = ? and stage_name = ? and status in ('InProgress', 'Failed', 'Stopped')`,
        change.isLocking ? 1 : 0,
        at,
        change.executionId,
        change.stageName,
      ),
      change,
    ),
  ]);
}

function retryStage(sql: Statements, change: Extract<Change, { kind: 'stageRetried' }>, at: number): Promise<void> {
  const counter = change.trigger === 'ManualStageRetry' ? 'manual_retries' : 'automatic_retries';
  const retried = (table: string, id: string) =>
    one(sql.run(`update ${table} set is_retried = 1 where id = ? and is_retried = 0`, id), change);
  return all([
    resumeStage(sql, change, at),
    one(
      sql.run(
        `update stage_executions set ${counter} = ${counter} + 1, latest_retry = ?
         where execution_id = ? and stage_name = ?`,
        change.trigger,
        change.executionId,
        change.stageName,
      ),
      change,
    ),
    ...change.actionIds.map((id) => retried('action_executions', id)),
    ...change.conditionIds.map((id) => retried('condition_executions', id)),
  ]);
}
