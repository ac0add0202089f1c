import type { Pipeline } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipelines.ts';

/** Jobs locked in one statement; one fixed number keeps it one prepared statement. */
export const mostJobsAtOnce = 16;

/** A job's execution, and its pipeline, which this transaction holds. */
export interface LockedJob {
  executionId: string;
  pipeline: Pipeline;
}

const marks = Array.from({ length: mostJobsAtOnce }, () => '?').join(', ');

/**
 * Locks the pipelines behind some jobs, in the order of their ids: whoever locks several does it in this order. Jobs of
 * PARALLEL executions, which share their pipeline, and jobs that are not there are left out.
 */
export async function lockJobs(sql: Statements, jobIds: string[]): Promise<Map<string, LockedJob>> {
  const rows = await sql.all<PipelineRow & { job_id: string; execution_id: string }>(
    `select p.*, j.id as job_id, j.execution_id from jobs j join executions e on e.id = j.execution_id
       join pipelines p on p.id = j.pipeline_id
     where j.id in (${marks}) and e.execution_mode <> 'PARALLEL' order by p.id {{for update of p}}`,
    ...Array.from({ length: mostJobsAtOnce }, (_, index) => jobIds[index] ?? null),
  );
  return new Map(rows.map((row) => [row.job_id, { executionId: row.execution_id, pipeline: toPipeline(row) }]));
}
