import type { Pipeline } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipeline-row.ts';

/** Jobs locked by one statement; a fixed number keeps it one prepared statement. */
export const mostJobsAtOnce = 16;

/** A job whose pipeline this transaction has locked. */
export interface LockedJob {
  executionId: string;
  pipeline: Pipeline;
  queue: string;
}

const marks = Array.from({ length: mostJobsAtOnce }, () => '?').join(', ');

/**
 * Locks the pipelines of some jobs, in the order of their ids, which prevents deadlocks. Leaves out jobs that don't exist
 * and jobs of PARALLEL executions, which share the lock.
 */
export async function lockJobs(sql: Statements, jobIds: string[]): Promise<Map<string, LockedJob>> {
  const rows = await sql.all<PipelineRow & { job_id: string; execution_id: string; queue: string }>(
    `select p.*, j.id as job_id, j.execution_id, j.queue from jobs j join executions e on e.id = j.execution_id
       join pipelines p on p.id = j.pipeline_id
     where j.id in (${marks}) and e.execution_mode <> 'PARALLEL' order by p.id {{for update of p}}`,
    ...Array.from({ length: mostJobsAtOnce }, (_, index) => jobIds[index] ?? null),
  );
  return new Map(
    rows.map((row) => [row.job_id, { executionId: row.execution_id, pipeline: toPipeline(row), queue: row.queue }]),
  );
}
