import { createHash } from 'node:crypto';
import type { SourceRevision } from '../../model/execution.ts';
import type { Statements } from '../database.ts';

/** Records revisions that source actions of the pipeline have found. */
export function recordRevisions(
  sql: Statements,
  pipelineId: string,
  revisions: { actionName: string; revisionId?: string }[],
  at: number,
): void {
  const found = revisions.flatMap(({ actionName, revisionId }) =>
    revisionId === undefined ? [] : [{ actionName, digest: digestOf(revisionId) }],
  );
  // PARALLEL executions write at the same time; in one order they cannot deadlock.
  found.sort((one, other) => (one.actionName + one.digest < other.actionName + other.digest ? -1 : 1));
  for (const { actionName, digest } of found) {
    sql.send(
      `insert into source_revisions (pipeline_id, action_name, revision_digest, recorded_at) values (?, ?, ?, ?)
       on conflict do nothing`,
      pipelineId,
      actionName,
      digest,
      at,
    );
  }
}

/** Reports whether an execution has used the revision; with `since` it counts only if the first one did after that. */
export async function isKnownRevision(
  sql: Statements,
  pipelineId: string,
  { actionName, revisionId }: SourceRevision,
  { since = 0 }: { since?: number } = {},
): Promise<boolean> {
  const row = await sql.get(
    `select 1 as known from source_revisions where pipeline_id = ? and action_name = ? and revision_digest = ?
       and coalesce(recorded_at, 0) >= ?`,
    pipelineId,
    actionName,
    digestOf(revisionId),
    since,
  );
  return row !== undefined;
}

function digestOf(revisionId: string): string {
  return createHash('sha256').update(revisionId).digest('hex');
}
