import type { Job } from '../../model/job.ts';
import type { Statements } from '../database.ts';
import { marksOfLocks, mostLocksAtOnce } from '../pipelines/pipeline-locks.ts';

/** What the event of a job needs of its row, read when its pipeline is locked. Claims and leases change it even then. */
export interface LockedJob {
  id: string;
  pipelineId: string;
  executionId: string;
  queue: string;
  lease: Pick<Job, 'status' | 'deliveries' | 'offerAt'>;
}

interface LockedJobRow {
  id: string;
  pipeline_id: string;
  execution_id: string;
  queue: string;
  status: Job['status'];
  deliveries: number;
  offer_at: number | null;
}

const selected = 'select id, pipeline_id, execution_id, queue, status, deliveries, offer_at from jobs where id';

function toLockedJob(row: LockedJobRow): LockedJob {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    executionId: row.execution_id,
    queue: row.queue,
    lease: { status: row.status, deliveries: row.deliveries, offerAt: row.offer_at ?? undefined },
  };
}

/** Reads a job; to be sent after the statement that locks its pipeline. */
export async function readLockedJob(sql: Statements, jobId: string): Promise<LockedJob | undefined> {
  const row = await sql.get<LockedJobRow>(`${selected} = ?`, jobId);
  return row && toLockedJob(row);
}

/** Reads at most `mostLocksAtOnce` jobs. */
export async function readLockedJobs(sql: Statements, jobIds: string[]): Promise<LockedJob[]> {
  const asked = Array.from({ length: mostLocksAtOnce }, (_, index) => jobIds[index] ?? null);
  const rows = await sql.all<LockedJobRow>(`${selected} in (${marksOfLocks})`, ...asked);
  return rows.map(toLockedJob);
}
