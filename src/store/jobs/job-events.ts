import type { JobEvent } from '../../model/job-event.ts';
import type { Statements } from '../database.ts';
import type { ListedJobEvent } from './job-history.ts';

interface JobEventRow {
  sequence: number;
  kind: JobEvent['kind'];
  happened_at: number;
  caller_arn: string | null;
  access_key_id: string | null;
  request_id: string | null;
  nonce: string | null;
  lease_until: number | null;
}

export async function insertJobEvent(sql: Statements, jobId: string, event: JobEvent): Promise<void> {
  await sql.run(
    `insert into job_events (job_id, kind, happened_at, caller_arn, access_key_id, request_id, nonce, lease_until)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    jobId,
    event.kind,
    event.at,
    event.origin?.callerArn ?? null,
    event.origin?.accessKeyId ?? null,
    event.origin?.requestId ?? null,
    event.nonce ?? null,
    event.leaseUntil ?? null,
  );
}

export async function listJobEvents(
  sql: Statements,
  jobId: string,
  { after, limit }: { after: number; limit: number },
): Promise<ListedJobEvent[]> {
  const rows = await sql.all<JobEventRow>(
    'select * from job_events where job_id = ? and sequence > ? order by sequence limit ?',
    jobId,
    after,
    limit,
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    kind: row.kind,
    at: row.happened_at,
    origin:
      row.caller_arn === null
        ? undefined
        : { callerArn: row.caller_arn, accessKeyId: row.access_key_id ?? '', requestId: row.request_id ?? '' },
    nonce: row.nonce ?? undefined,
    leaseUntil: row.lease_until ?? undefined,
  }));
}
