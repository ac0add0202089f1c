import type { ActionExecution, Execution } from '../../model/execution.ts';
import { type Job, newestNonce } from '../../model/job.ts';
import type { Statements } from '../database.ts';
import { isOffered } from '../fragments.ts';
import type { Offer } from '../jobs/hand-off.ts';
import { insertDeliveryOf } from '../jobs/job-history.ts';
import { recordRevisions } from './source-revisions.ts';

/** Counts the executions that wait in a pipeline, which is its parameter, in the order of their arrival. */
export const nextArrival = `(select coalesce(max(arrival), 0) + 1 from executions
  where pipeline_id = ? and waiting_stage is not null)`;

export function insertExecution(
  sql: Statements,
  pipelineId: string,
  execution: Execution,
  clientRequestToken: string | undefined,
): void {
  const isWaiting = execution.waitingStage !== undefined;
  sql.send(
    `insert into executions (id, pipeline_id, pipeline_version, execution_mode, status, trigger_type, trigger_detail,
       client_request_token, variables, source_bindings, revisions, rollback_of, rollback_target, started_at,
       updated_at, waiting_stage, arrival)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${isWaiting ? nextArrival : '0'})`,
    execution.id,
    pipelineId,
    execution.pipelineVersion,
    execution.executionMode,
    execution.status,
    execution.trigger.triggerType,
    execution.trigger.triggerDetail ?? null,
    clientRequestToken ?? null,
    JSON.stringify(execution.variables),
    JSON.stringify(execution.sourceBindings),
    JSON.stringify(execution.revisions),
    execution.rollback === undefined ? null : JSON.stringify(execution.rollback),
    execution.rollback?.targetExecutionId ?? null,
    execution.startedAt,
    execution.updatedAt,
    execution.waitingStage ?? null,
    ...(isWaiting ? [pipelineId] : []),
  );
  recordRevisions(sql, pipelineId, execution.sourceBindings, execution.startedAt);
}

export function insertAction(sql: Statements, pipelineId: string, executionId: string, action: ActionExecution): void {
  sql.send(
    `insert into action_executions (id, execution_id, execution_mode, pipeline_id, stage_name, action_name, status,
       start, progress, condition_id, deadline_at, started_at, updated_at)
     values (?, ?, (select execution_mode from executions where id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    action.id,
    executionId,
    executionId,
    pipelineId,
    action.stageName,
    action.actionName,
    action.status,
    JSON.stringify(action.start),
    JSON.stringify(action.progress),
    action.conditionId ?? null,
    action.deadlineAt ?? null,
    action.startedAt,
    action.updatedAt,
  );
}

export function insertJob(sql: Statements, pipelineId: string, executionId: string, job: Job): void {
  sql.send(
    `insert into jobs (id, action_execution_id, execution_id, pipeline_id, queue, query_value, status, deliveries,
       offer_at, deadline_at, timeout_ms, continuation_token, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    job.id,
    job.actionExecutionId,
    executionId,
    pipelineId,
    job.queue,
    job.queryValue,
    job.status,
    job.deliveries,
    job.offerAt ?? null,
    job.deadlineAt ?? null,
    job.timeoutMs ?? null,
    job.continuationToken ?? null,
    job.createdAt,
  );
}

/**
 * Inserts a job and delivers it to a held poll, as a claim would. If an older job can be claimed, which this node may not
 * know yet, the job is queued behind it instead.
 */
export function insertOfferedJob(
  sql: Statements,
  pipelineId: string,
  { executionId, job }: { executionId: string; job: Job },
  offer: Offer,
): void {
  const { at, leaseUntil, origin } = offer;
  const inserted = sql.get<{ deliveries: number }>(
    `insert into jobs (id, action_execution_id, execution_id, pipeline_id, queue, query_value, status, deliveries,
       offer_at, deadline_at, timeout_ms, continuation_token, created_at)
     select ?, ?, ?, ?, ?, ?, case older.jobs when 0 then 'Dispatched' else 'Queued' end, 1 - older.jobs,
       cast(? as bigint) + (1 - older.jobs) * cast(? as bigint), ?, ?, ?, ?
     from (select count(*) as jobs from (select 1 as one from jobs
       where queue = ? and query_value = ? and ${isOffered} and offer_at <= ? limit 1) as picked) as older
     returning deliveries`,
    job.id,
    job.actionExecutionId,
    executionId,
    pipelineId,
    job.queue,
    job.queryValue,
    at,
    leaseUntil - at,
    job.deadlineAt ?? null,
    job.timeoutMs ?? null,
    job.continuationToken ?? null,
    job.createdAt,
    job.queue,
    job.queryValue,
    at,
  );
  const event = { kind: 'Delivered', at, origin, nonce: newestNonce({ deliveries: 1 }), leaseUntil } as const;
  offer.noteResponse(inserted.then((row) => row?.deliveries === 1));
  insertDeliveryOf(sql, job.id, event);
}
