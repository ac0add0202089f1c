import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { JobEventKind, Origin } from '../../model/job-event.ts';
import type { Statements } from '../database.ts';
import { inPipeline } from '../fragments.ts';
import { insertJobEvent } from '../jobs/job-history.ts';
import { refusalOf } from './refusal.ts';

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

type JobEnd = Extract<Change, { kind: 'jobEnded' }>;

export function endJob(sql: Statements, change: JobEnd, by: { at: number; origin?: Origin }): void {
  sql.sendOne(
    refusalOf(change),
    `update jobs set status = ?, result = ?, offer_at = null, deadline_at = null
     where id = ? and status in ('Queued', 'Dispatched', 'InProgress') and deliveries = coalesce(?, deliveries)`,
    change.status,
    json(change.result),
    change.jobId,
    change.deliveries ?? null,
  );
  insertJobEvent(sql, change.jobId, { kind: endOf(change), ...by });
}

/** A job fails without a result when its action is abandoned or its pipeline deleted. */
function endOf({ status, result }: JobEnd): JobEventKind {
  if (status === 'TimedOut') return 'TimedOut';
  if (!result) return 'Abandoned';
  return result.outcome === 'Succeeded' && result.continuationToken !== undefined ? 'Continued' : result.outcome;
}

export function stopExecution(
  sql: Statements,
  change: Extract<Change, { kind: 'executionStopping' }>,
  at: number,
): void {
  sql.sendOne(
    refusalOf(change),
    `update executions set status = 'Stopping', stop_trigger = ?, updated_at = ?
     where id = ? and status in ('InProgress', 'Stopping')`,
    JSON.stringify(change.stopTrigger),
    at,
    change.executionId,
  );
  sql.send(
    `update stage_executions set status = 'Stopping', updated_at = ?
     where execution_id = ? and status in ('InProgress', 'Stopping')`,
    at,
    change.executionId,
  );
}

export function endWait(sql: Statements, executionId: string, at: number): void {
  sql.send('update executions set waiting_stage = null, updated_at = ? where id = ?', at, executionId);
}

export function enterStage(
  sql: Statements,
  pipelineId: string,
  { executionId, stageName, isLocking }: Extract<Change, { kind: 'stageEntered' }>,
  at: number,
): void {
  sql.send(
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
  );
}

export function updateAction(sql: Statements, change: Change, action: ActionExecution): void {
  sql.sendOne(
    refusalOf(change),
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
  );
}

/** Marks a stage and its execution as in progress, again or still. */
export function resumeStage(
  sql: Statements,
  change: Extract<Change, { kind: 'stageRetried' | 'conditionOverridden' }>,
  at: number,
): void {
  const refused = refusalOf(change);
  sql.sendOne(
    refused,
    `update executions set status = 'InProgress', status_summary = null, stop_trigger = null, updated_at = ?
     where id = ? and status in ('InProgress', 'Failed', 'Stopped')`,
    at,
    change.executionId,
  );
  sql.sendOne(
    refused,
    `update stage_executions set status = 'InProgress', is_locking = ?, updated_at = ?
     where execution_id = ? and stage_name = ? and status in ('InProgress', 'Failed', 'Stopped')`,
    change.isLocking ? 1 : 0,
    at,
    change.executionId,
    change.stageName,
  );
}

export function retryStage(sql: Statements, change: Extract<Change, { kind: 'stageRetried' }>, at: number): void {
  const counter = change.trigger === 'ManualStageRetry' ? 'manual_retries' : 'automatic_retries';
  const refused = refusalOf(change);
  resumeStage(sql, change, at);
  sql.sendOne(
    refused,
    `update stage_executions set ${counter} = ${counter} + 1, latest_retry = ?, retried_at = ?
     where execution_id = ? and stage_name = ?`,
    change.trigger,
    at,
    change.executionId,
    change.stageName,
  );
  const markRetried = (table: string, id: string) =>
    sql.sendOne(refused, `update ${table} set is_retried = 1 where id = ? and is_retried = 0`, id);
  for (const id of change.actionIds) markRetried('action_executions', id);
  for (const id of change.conditionIds) markRetried('condition_executions', id);
}
