import type { ActionExecution, Execution } from '../../model/execution.ts';
import type { Job } from '../../model/job.ts';
import type { Statements } from '../database.ts';
import { recordRevisions } from './source-revisions.ts';

export function insertExecution(
  sql: Statements,
  pipelineId: string,
  execution: Execution,
  clientRequestToken: string | undefined,
): void {
  sql.send(
    `insert into executions (id, pipeline_id, pipeline_version, execution_mode, status, trigger_type, trigger_detail,
       client_request_token, variables, source_bindings, revisions, rollback_of, rollback_target, started_at,
       updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
  );
  recordRevisions(sql, pipelineId, execution.sourceBindings);
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
