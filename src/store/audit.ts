import type { ActionExecution } from '../model/execution.ts';
import type { Origin } from '../model/job-event.ts';
import type { Scope } from '../model/pipeline.ts';
import { bind, type Database, type Statements } from './database.ts';

/** A change, and who made it. */
export interface AuditEntry {
  at: number;
  origin: Origin;
  /** The operation. */
  action: string;
  /** What it was done to. */
  subject: string;
}

/** An entry with its position. */
interface ListedAuditEntry extends AuditEntry {
  sequence: number;
}

/** Who did what; entries are written with what they are about. */
export function auditRows(database: Database) {
  return bind(database, 'read', { list: listEntries });
}

export async function insertAuditEntry(
  sql: Statements,
  { account, region }: Scope,
  { at, origin, action, subject }: AuditEntry,
): Promise<void> {
  await sql.run(
    `insert into audit_entries (account, region, happened_at, caller_arn, access_key_id, request_id, action, subject)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    account,
    region,
    at,
    origin.callerArn,
    origin.accessKeyId,
    origin.requestId,
    action,
    subject,
  );
}

/** Sends the entry of an approval that was answered, in the transaction that ends it. */
export function sendApprovalEntry(
  sql: Statements,
  pipelineId: string,
  { stageName, actionName, status }: ActionExecution,
  { at, origin }: { at: number; origin: Origin },
): void {
  const answer = status === 'Succeeded' ? 'Approved' : 'Rejected';
  sql.send(
    `insert into audit_entries (account, region, happened_at, caller_arn, access_key_id, request_id, action, subject)
     select account, region, ?, ?, ?, ?, 'PutApprovalResult', name || ? from pipelines where id = ?`,
    at,
    origin.callerArn,
    origin.accessKeyId,
    origin.requestId,
    `/${stageName}/${actionName}: ${answer}`,
    pipelineId,
  );
}

interface AuditRow {
  sequence: number;
  happened_at: number;
  caller_arn: string;
  access_key_id: string;
  request_id: string;
  action: string;
  subject: string;
}

/** Lists entries, the newest first, before a position. */
async function listEntries(
  sql: Statements,
  { account, region }: Scope,
  { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number; limit: number },
): Promise<ListedAuditEntry[]> {
  const rows = await sql.all<AuditRow>(
    'select * from audit_entries where account = ? and region = ? and sequence < ? order by sequence desc limit ?',
    account,
    region,
    before,
    limit,
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    at: row.happened_at,
    origin: { callerArn: row.caller_arn, accessKeyId: row.access_key_id, requestId: row.request_id },
    action: row.action,
    subject: row.subject,
  }));
}
