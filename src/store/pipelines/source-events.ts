import type { Snapshot } from '../../model/snapshot.ts';
import { watchedBranchOf } from '../../model/sources/source-watch.ts';
import type { Statements } from '../database.ts';
import { isKnownRevision } from '../executions/source-revisions.ts';
import { isRunning } from '../fragments.ts';
import { isPullRequestPending } from './pull-request-events.ts';
import type { WatchRow } from './repository-watches.ts';
import { findCursor } from './source-cursors.ts';

/** What was found at the location of a watched source action. */
export interface SourceEvent {
  actionName: string;
  location: Record<string, string>;
  revisionId?: string;
  /** The branch or tag with that revision, such as `refs/heads/main`. */
  ref?: string;
  /** The stored event of a pull request. */
  pullRequest?: number;
}

/**
 * Locks the watch that an observation is about and returns what a decision needs to know about it; undefined if it is
 * gone or has another location by now.
 */
export async function lockWatch(
  sql: Statements,
  pipelineId: string,
  { actionName, location, revisionId, ref, pullRequest }: SourceEvent,
): Promise<Snapshot['source'] | undefined> {
  const row = await sql.get<WatchRow>(
    `select * from source_watches where pipeline_id = ? and action_name = ? and location = ? and is_polled = 1
     {{for update}}`,
    pipelineId,
    actionName,
    JSON.stringify(location),
  );
  if (!row) return undefined;
  const branch = watchedBranchOf({ typeKey: row.type_key, location })?.branch;
  const earlier = { seen: row.seen, branch };
  const cursor = ref === undefined ? undefined : await findCursor(sql, pipelineId, { actionName, ref }, earlier);
  const isFirstOfTrigger = ref !== undefined && !cursor && row.git_trigger !== null;
  const [isKnown, fetching, isPending] = await Promise.all([
    revisionId !== undefined &&
      (isFirstOfTrigger
        ? wasTaken(sql, pipelineId, { actionName, revisionId })
        : isKnownRevision(sql, pipelineId, { actionName, revisionId }, { since: cursor?.movedAt ?? 0 })),
    findFetching(sql, pipelineId, actionName),
    pullRequest !== undefined && isPullRequestPending(sql, pipelineId, pullRequest),
  ]);
  const seen = ref === undefined ? (row.seen ?? undefined) : cursor?.seen;
  return { seen, isKnown, isBeingFetched: fetching !== undefined, isPending };
}

/** Executions that may have been started since a pipeline or a trigger was created a few seconds ago. */
const recentExecutions = 50;

/** Reports whether a recent execution took a revision, other than those that a trigger started for some ref. */
async function wasTaken(
  sql: Statements,
  pipelineId: string,
  { actionName, revisionId }: { actionName: string; revisionId: string },
): Promise<boolean> {
  const row = await sql.get(
    `select 1 as one from (select revisions, source_bindings from executions where pipeline_id = ?
       order by sequence desc limit ?) as recent
     where revisions like ? and source_bindings not like ? limit 1`,
    pipelineId,
    recentExecutions,
    `%"${revisionId}"%`,
    `%{"actionName":"${actionName}","revisionId":"${revisionId}","ref"%`,
  );
  return row !== undefined;
}

/** Finds an execution that is fetching whatever is newest; one that is bound to a revision isn't. */
function findFetching(sql: Statements, pipelineId: string, actionName: string) {
  return sql.get(
    `select 1 as one from executions e join action_executions a on a.execution_id = e.id
     where e.pipeline_id = ? and ${isRunning('e')} and e.source_bindings not like ?
       and a.action_name = ? and a.status = 'InProgress' and a.condition_id is null limit 1`,
    pipelineId,
    `%{"actionName":"${actionName}","revisionId"%`,
    actionName,
  );
}

export function recordSeen(
  sql: Statements,
  pipelineId: string,
  { actionName, cursor }: { actionName: string; cursor: string },
  refused: () => Error,
): void {
  sql.sendOne(
    refused,
    'update source_watches set seen = ? where pipeline_id = ? and action_name = ?',
    cursor,
    pipelineId,
    actionName,
  );
}
