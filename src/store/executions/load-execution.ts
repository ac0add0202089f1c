import { type Job, jobNotFound } from '../../model/job.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import type { Statements } from '../database.ts';
import { openByExecution } from '../fragments.ts';
import type { ReadDeclaration } from '../pipelines/declarations.ts';
import { findConditions } from './conditions.ts';
import {
  type ActionExecutionRow,
  type ExecutionRow,
  type JobRow,
  type StageExecutionRow,
  toActionExecution,
  toExecution,
  toJob,
  toStageExecution,
} from './execution-row.ts';
import { findAttemptsAhead } from './load-attempts.ts';
import type { Subject } from './lock-target.ts';

export interface ExecutionRows {
  execution: ExecutionRow;
  stages: StageExecutionRow[];
  jobs: JobRow[];
}

/**
 * Reads an execution, undefined if the pipeline doesn't have it. Of its jobs only the open ones and the one the event is
 * about: an action that continues for a day leaves thousands of ended ones behind.
 */
export async function readExecution(
  sql: Statements,
  pipelineId: string,
  id: string,
  jobId: string | undefined,
): Promise<ExecutionRows | undefined> {
  const [execution, stages, jobs] = await Promise.all([
    sql.get<ExecutionRow & { pipeline_id: string }>('select * from executions where id = ?', id),
    sql.all<StageExecutionRow>('select * from stage_executions where execution_id = ? order by sequence', id),
    sql.all<JobRow>(
      `select * from jobs where execution_id = ? and ${openByExecution}
       union all select * from jobs where id = ? and deadline_at is null order by sequence`,
      id,
      jobId ?? '',
    ),
  ]);
  if (execution?.pipeline_id === pipelineId) return { execution, stages, jobs };
  // Retention may remove an execution with its jobs while a late result waits for the pipeline.
  if (jobId !== undefined) throw jobNotFound(jobId);
  return undefined;
}

export async function loadExecution(
  sql: Statements,
  rows: ExecutionRows,
  { jobId, actionId, onlyContinues }: Subject,
  declaration: ReadDeclaration,
): Promise<ExecutionSnapshot> {
  const { id } = rows.execution;
  const execution = { ...toExecution(rows.execution), stages: rows.stages.map(toStageExecution) };
  const actionOfJob = rows.jobs.find((job) => job.id === jobId)?.action_execution_id;
  const [actions, conditions] = await Promise.all([
    onlyContinues
      ? findAttemptsAhead(sql, execution, actionId ?? actionOfJob, declaration)
      : sql.all<ActionExecutionRow>('select * from action_executions where execution_id = ? order by sequence', id),
    declaration.hasConditions ? findConditions(sql, id) : [],
  ]);
  return { ...execution, actions: actions.map(toActionExecution), conditions, jobs: rows.jobs.map(toJob) };
}

export async function findOpenJobs(sql: Statements, executionId: string): Promise<Job[]> {
  const rows = await sql.all<JobRow>(
    `select * from jobs where execution_id = ? and ${openByExecution} order by sequence`,
    executionId,
  );
  return rows.map(toJob);
}
