import type { Scope } from '../../model/pipeline.ts';
import type { RefChange } from '../../model/sources/repository-event.ts';
import type { CheckFinding, HookOutcome, StoredHookEvent } from '../../model/sources/repository-hook.ts';
import type { PullRequestEvent } from '../../model/sources/source-ref.ts';
import type { Statements } from '../database.ts';

interface EventRow {
  sequence: number;
  repository: string;
  received_at: number;
  forge: string;
  event: string;
  delivery_id: string | null;
  body_hash: string;
  actor: string | null;
  changes: string | null;
  change_count: number;
  pull_request: string | null;
  outcome: HookOutcome;
  message: string;
  repeats: number;
  repeated_at: number | null;
}

/** Lists the events of a Region's hooks, or of one repository's, the newest first, before a position. */
export async function listEvents(
  sql: Statements,
  { account, region }: Scope,
  { repository, before = Number.MAX_SAFE_INTEGER, limit }: { repository?: string; before?: number; limit: number },
): Promise<StoredHookEvent[]> {
  const rows = await sql.all<EventRow>(
    `select e.*, h.repository from hook_events e join repository_hooks h on h.id = e.hook_id
     where h.account = ? and h.region = ? and e.sequence < ? ${repository === undefined ? '' : 'and h.repository = ?'}
     order by e.sequence desc limit ?`,
    account,
    region,
    before,
    ...(repository === undefined ? [] : [repository]),
    limit,
  );
  return Promise.all(rows.map((row) => toEvent(sql, row)));
}

async function toEvent(sql: Statements, row: EventRow): Promise<StoredHookEvent> {
  const checks = await sql.all<{ is_pending: number; results: string }>(
    'select is_pending, results from hook_event_checks where event_sequence = ? order by check_key',
    row.sequence,
  );
  return {
    sequence: row.sequence,
    repository: row.repository,
    receivedAt: row.received_at,
    forge: row.forge,
    event: row.event,
    deliveryId: row.delivery_id ?? undefined,
    bodyHash: row.body_hash,
    actor: row.actor ?? undefined,
    changes: row.changes === null ? [] : (JSON.parse(row.changes) as RefChange[]),
    changeCount: row.change_count,
    pullRequest: row.pull_request === null ? undefined : (JSON.parse(row.pull_request) as PullRequestEvent),
    outcome: row.outcome,
    message: row.message,
    repeats: row.repeats,
    repeatedAt: row.repeated_at ?? undefined,
    isPending: checks.some(({ is_pending: isPending }) => isPending === 1),
    results: checks.flatMap(({ results }) => JSON.parse(results) as CheckFinding[]),
  };
}
