import type { GitConfiguration } from '../../contract/generated.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { PullRequestEvent } from '../../model/sources/source-ref.ts';
import type { RepositoryNames } from '../../model/sources/source-watch.ts';
import type { Statements } from '../database.ts';
import { findWatchesOf } from './repository-watches.ts';

/** An event of a pull request that waits for a check of its repository. */
export interface StoredPullRequestEvent extends PullRequestEvent {
  sequence: number;
}

/** A title is shown in variables, and stored with every execution that it starts. */
const maxTitleCharacters = 500;

/**
 * Stores events of pull requests for the source actions whose triggers wait for them, in order. No listing of a repository
 * shows pull requests, so the check takes them from here; ask for it in the same transaction. Returns how many actions
 * wait.
 */
export async function addPullRequestEvents(
  sql: Statements,
  scope: Scope,
  repository: RepositoryNames,
  events: PullRequestEvent[],
  at: number,
): Promise<number> {
  const waiting = (await findWatchesOf(sql, scope, repository)).filter(({ git_trigger: text }) => {
    const trigger = text === null ? undefined : (JSON.parse(text) as GitConfiguration);
    return (trigger?.pullRequest ?? []).length > 0;
  });
  for (const { pipeline_id: pipelineId, action_name: actionName } of waiting) {
    for (const event of events) {
      sql.send(
        'insert into pull_request_events (pipeline_id, action_name, document, received_at) values (?, ?, ?, ?)',
        pipelineId,
        actionName,
        JSON.stringify({ ...event, title: event.title.slice(0, maxTitleCharacters) }),
        at,
      );
    }
  }
  return waiting.length;
}

/** Returns the oldest events that wait for a check, at most `limit`. */
export async function findPullRequestEvents(
  sql: Statements,
  { pipelineId, actionName }: { pipelineId: string; actionName: string },
  limit: number,
): Promise<StoredPullRequestEvent[]> {
  const rows = await sql.all<{ sequence: number; document: string }>(
    `select sequence, document from pull_request_events where pipeline_id = ? and action_name = ?
     order by sequence limit ?`,
    pipelineId,
    actionName,
    limit,
  );
  return rows.map(({ sequence, document }) => ({ ...(JSON.parse(document) as PullRequestEvent), sequence }));
}

/** Reports whether an event still waits; the watch is locked. */
export async function isPullRequestPending(sql: Statements, pipelineId: string, sequence: number): Promise<boolean> {
  const row = await sql.get(
    'select 1 as one from pull_request_events where sequence = ? and pipeline_id = ?',
    sequence,
    pipelineId,
  );
  return row !== undefined;
}

export function takePullRequest(
  sql: Statements,
  pipelineId: string,
  { sequence }: { sequence: number },
  refused: () => Error,
): void {
  sql.sendOne(refused, 'delete from pull_request_events where sequence = ? and pipeline_id = ?', sequence, pipelineId);
}
