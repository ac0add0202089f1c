import type { ActionExecution, Execution, StageExecution } from '../../model/execution.ts';
import type { Job } from '../../model/job.ts';

/** `executions` as selected with `*`. */
export interface ExecutionRow {
  sequence: number;
  id: string;
  pipeline_version: number;
  execution_mode: Execution['executionMode'];
  status: Execution['status'];
  status_summary: string | null;
  waiting_stage: string | null;
  has_lapsed: number;
  trigger_type: Execution['trigger']['triggerType'];
  trigger_detail: string | null;
  stop_trigger: string | null;
  variables: string;
  source_bindings: string;
  revisions: string;
  rollback_of: string | null;
  started_at: number;
  updated_at: number;
}

export function toExecution(row: ExecutionRow): Execution {
  return {
    id: row.id,
    pipelineVersion: row.pipeline_version,
    executionMode: row.execution_mode,
    status: row.status,
    statusSummary: row.status_summary ?? undefined,
    waitingStage: row.waiting_stage ?? undefined,
    hasExpired: row.has_lapsed === 1 || undefined,
    trigger: { triggerType: row.trigger_type, triggerDetail: row.trigger_detail ?? undefined },
    stopTrigger: parsed<Execution['stopTrigger']>(row.stop_trigger),
    variables: JSON.parse(row.variables) as Execution['variables'],
    sourceBindings: JSON.parse(row.source_bindings) as Execution['sourceBindings'],
    revisions: JSON.parse(row.revisions) as Execution['revisions'],
    rollback: parsed<Execution['rollback']>(row.rollback_of),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  };
}

/** `stage_executions` as selected with `*`. */
export interface StageExecutionRow {
  sequence: number;
  execution_id: string;
  stage_name: string;
  status: StageExecution['status'];
  is_locking: number;
  manual_retries: number;
  automatic_retries: number;
  latest_retry: StageExecution['latestRetry'] | null;
  retried_at: number | null;
  started_at: number;
  updated_at: number;
}

export function toStageExecution(row: StageExecutionRow): StageExecution {
  return {
    stageName: row.stage_name,
    status: row.status,
    isLocking: row.is_locking === 1,
    manualRetries: row.manual_retries,
    automaticRetries: row.automatic_retries,
    latestRetry: row.latest_retry ?? undefined,
    lastRetriedAt: row.retried_at ?? undefined,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  };
}

/** `action_executions` as selected with `*`. */
export interface ActionExecutionRow {
  sequence: number;
  id: string;
  execution_id: string;
  stage_name: string;
  action_name: string;
  status: ActionExecution['status'];
  start: string;
  progress: string;
  error: string | null;
  output_variables: string | null;
  current_revision: string | null;
  condition_id: string | null;
  is_retried: number;
  deadline_at: number | null;
  updated_by: string | null;
  started_at: number;
  updated_at: number;
}

export function toActionExecution(row: ActionExecutionRow): ActionExecution {
  return {
    id: row.id,
    stageName: row.stage_name,
    actionName: row.action_name,
    status: row.status,
    start: JSON.parse(row.start) as ActionExecution['start'],
    progress: JSON.parse(row.progress) as ActionExecution['progress'],
    error: parsed<ActionExecution['error']>(row.error),
    outputVariables: parsed<ActionExecution['outputVariables']>(row.output_variables),
    currentRevision: parsed<ActionExecution['currentRevision']>(row.current_revision),
    conditionId: row.condition_id ?? undefined,
    isRetried: row.is_retried === 1 || undefined,
    deadlineAt: row.deadline_at ?? undefined,
    updatedBy: row.updated_by ?? undefined,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  };
}

/** `jobs` as selected with `*`. */
export interface JobRow {
  id: string;
  action_execution_id: string;
  execution_id: string;
  pipeline_id: string;
  queue: string;
  query_value: string;
  status: Job['status'];
  deliveries: number;
  winning_nonce: string | null;
  offer_at: number | null;
  deadline_at: number | null;
  timeout_ms: number | null;
  continuation_token: string | null;
  result: string | null;
  created_at: number;
}

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    actionExecutionId: row.action_execution_id,
    status: row.status,
    queue: row.queue,
    queryValue: row.query_value,
    deliveries: row.deliveries,
    offerAt: row.offer_at ?? undefined,
    deadlineAt: row.deadline_at ?? undefined,
    timeoutMs: row.timeout_ms ?? undefined,
    continuationToken: row.continuation_token ?? undefined,
    result: parsed<Job['result']>(row.result),
    createdAt: row.created_at,
  };
}

function parsed<T>(text: string | null): T | undefined {
  return text === null ? undefined : (JSON.parse(text) as T);
}
