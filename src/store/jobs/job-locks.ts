import type { Job } from '../../model/job.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { catalogueVersion } from '../action-types/action-types.ts';
import type { Statements } from '../database.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipeline-row.ts';

/** Jobs locked by one statement; a fixed number keeps it one prepared statement. */
export const mostJobsAtOnce = 16;

/** A pipeline's lock. A transaction's decisions about the pipeline share it, and each sees the revision of the one before. */
export interface PipelineLock {
  revision: number;
}

/** A job whose pipeline this transaction has locked. */
export interface LockedJob {
  executionId: string;
  pipeline: Pipeline;
  queue: string;
  /** As the statement that locks the pipeline found it: the job may be claimed or acknowledged while that waits. */
  lease: Pick<Job, 'status' | 'deliveries' | 'offerAt'>;
  /** The catalogue's version then. */
  catalogueVersion: string;
  /** Undefined for the lock that PARALLEL executions share. */
  lock: PipelineLock | undefined;
}

export type LockedJobRow = PipelineRow & {
  execution_id: string;
  queue: string;
  job_status: Job['status'];
  deliveries: number;
  offer_at: number | null;
  catalogue_version: string | null;
};

/** Selects the columns of a `LockedJobRow` that are not of `pipelines p`; the job is `j`. */
export const lockedJobColumns = `j.execution_id, j.queue, j.status as job_status, j.deliveries, j.offer_at,
  (select value from settings where name = '${catalogueVersion}') as catalogue_version`;

export function toLockedJob(row: LockedJobRow, lock: PipelineLock | undefined): LockedJob {
  return {
    executionId: row.execution_id,
    pipeline: toPipeline(row),
    queue: row.queue,
    lease: { status: row.job_status, deliveries: row.deliveries, offerAt: row.offer_at ?? undefined },
    catalogueVersion: row.catalogue_version ?? '',
    lock,
  };
}

const marks = Array.from({ length: mostJobsAtOnce }, () => '?').join(', ');

/**
 * Locks the pipelines of some jobs, in the order of their ids, which prevents deadlocks. Leaves out jobs that don't exist
 * and jobs of PARALLEL executions, which share the lock.
 */
export async function lockJobs(sql: Statements, jobIds: string[]): Promise<Map<string, LockedJob>> {
  const rows = await sql.all<LockedJobRow & { job_id: string }>(
    `select p.*, j.id as job_id, ${lockedJobColumns} from jobs j join executions e on e.id = j.execution_id
       join pipelines p on p.id = j.pipeline_id
     where j.id in (${marks}) and e.execution_mode <> 'PARALLEL' order by p.id {{for update of p}}`,
    ...Array.from({ length: mostJobsAtOnce }, (_, index) => jobIds[index] ?? null),
  );
  const locks = new Map(rows.map(({ id, revision }) => [id, { revision }]));
  return new Map(rows.map((row) => [row.job_id, toLockedJob(row, locks.get(row.id))]));
}
