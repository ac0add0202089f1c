import type { Pipeline, StoredDeclaration } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { type FoundRevision, type SourceWatch, watchesOf } from '../../model/source-watch.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { isKnownRevision } from '../executions/source-revisions.ts';
import { isRunning } from '../fragments.ts';
import { type PipelineRow, toPipeline } from './pipeline-row.ts';
import { findDeclaration } from './pipeline-versions.ts';

/** What was found at the location of a watched source action. */
export interface SourceEvent {
  actionName: string;
  location: Record<string, string>;
  revisionId?: string;
}

/** A watch that is due. */
export interface DueWatch extends SourceWatch {
  pipeline: Pipeline;
  /** What the last check found; absent before the first. */
  seen?: string;
  /** Why the last check found nothing. */
  failure?: string;
}

/** Identifies a watch; after its location changed it is another watch. */
type WatchKey = Pick<SourceWatch, 'actionName' | 'location'> & { pipelineId: string };

interface WatchRow {
  pipeline_id: string;
  action_name: string;
  type_key: string;
  location: string;
  role_arn: string;
  is_polled: number;
  seen: string | null;
  failure: string | null;
  due_at: number;
}

/** The source actions that are checked for changes. Their rows follow the declarations of their pipelines. */
export function sourceWatchRows(database: Database) {
  return {
    ...bind(database, 'read', { nextDue }),
    ...bind(database, 'write', { claim: claimWatches, noteFailure, addMissing }),
  };
}

/**
 * Replaces the watches of a pipeline by those of its new version. A watch with the same location keeps what it has seen,
 * so that nothing starts twice; a new location starts from scratch.
 */
export async function putWatches(
  sql: Statements,
  { id, updatedAt }: Pick<Pipeline, 'id' | 'updatedAt'>,
  declaration: StoredDeclaration,
): Promise<void> {
  const watches = watchesOf(declaration);
  const rows = await sql.all<WatchRow>('select * from source_watches where pipeline_id = ?', id);
  for (const { action_name: name } of rows) {
    if (watches.some(({ actionName }) => actionName === name)) continue;
    await sql.run('delete from source_watches where pipeline_id = ? and action_name = ?', id, name);
  }
  for (const watch of watches) await putWatch(sql, id, watch, updatedAt);
}

async function putWatch(sql: Statements, pipelineId: string, watch: SourceWatch, at: number): Promise<void> {
  await sql.run(
    `insert into source_watches (pipeline_id, action_name, type_key, location, role_arn, is_polled, due_at)
     values (?, ?, ?, ?, ?, ?, ?)
     on conflict (pipeline_id, action_name) do update set
       seen = case when source_watches.type_key = excluded.type_key and source_watches.location = excluded.location
         then source_watches.seen end,
       failure = null, type_key = excluded.type_key, location = excluded.location, role_arn = excluded.role_arn,
       is_polled = excluded.is_polled, due_at = excluded.due_at`,
    pipelineId,
    watch.actionName,
    watch.typeKey,
    JSON.stringify(watch.location),
    watch.roleArn,
    watch.isPolled ? 1 : 0,
    at,
  );
}

export async function deleteWatches(sql: Statements, pipelineId: string): Promise<void> {
  await sql.run('delete from source_watches where pipeline_id = ?', pipelineId);
}

/**
 * Locks the watch that an observation is about and returns what a decision needs to know about it; undefined if it is
 * gone or has another location by now.
 */
export async function lockWatch(
  sql: Statements,
  pipelineId: string,
  { actionName, location, revisionId }: SourceEvent,
): Promise<Snapshot['source'] | undefined> {
  const row = await sql.get<WatchRow>(
    `select * from source_watches where pipeline_id = ? and action_name = ? and location = ? and is_polled = 1
     {{for update}}`,
    pipelineId,
    actionName,
    JSON.stringify(location),
  );
  if (!row) return undefined;
  const [isKnown, taking] = await Promise.all([
    revisionId !== undefined && isKnownRevision(sql, pipelineId, { actionName, revisionId }),
    sql.get(
      `select 1 as one from executions e join action_executions a on a.execution_id = e.id
       where e.pipeline_id = ? and ${isRunning('e')}
         and a.action_name = ? and a.status = 'InProgress' and a.condition_id is null limit 1`,
      pipelineId,
      actionName,
    ),
  ]);
  return { seen: row.seen ?? undefined, isKnown, isBeingFetched: taking !== undefined };
}

export function recordSeen(
  sql: Statements,
  pipelineId: string,
  { actionName, cursor }: { actionName: string } & Pick<FoundRevision, 'cursor'>,
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

/**
 * Claims watches that are due, longest overdue first, and makes each due again at `nextAt`: only one node gets it. A
 * watch due later than `nextAt` counts as due, because the clock was set back.
 */
async function claimWatches(
  sql: Statements,
  { at, nextAt, limit }: { at: number; nextAt: number; limit: number },
): Promise<DueWatch[]> {
  const rows = await sql.all<WatchRow>(
    `with picked as materialized (
       select pipeline_id, action_name from source_watches where is_polled = 1 and (due_at <= ? or due_at > ?)
       order by due_at limit ? {{skip locked}})
     update source_watches set due_at = ?
     where (pipeline_id, action_name) in (select pipeline_id, action_name from picked) returning *`,
    at,
    nextAt,
    limit,
    nextAt,
  );
  const claimed = await Promise.all(
    rows.map(async (row) => {
      const pipeline = await sql.get<PipelineRow>('select * from pipelines where id = ?', row.pipeline_id);
      return pipeline ? [toDueWatch(row, toPipeline(pipeline))] : [];
    }),
  );
  return claimed.flat();
}

function toDueWatch(row: WatchRow, pipeline: Pipeline): DueWatch {
  return {
    pipeline,
    actionName: row.action_name,
    typeKey: row.type_key,
    location: JSON.parse(row.location) as Record<string, string>,
    roleArn: row.role_arn,
    isPolled: row.is_polled === 1,
    seen: row.seen ?? undefined,
    failure: row.failure ?? undefined,
  };
}

/** Returns when the next watch is due; undefined if there is none. */
async function nextDue(sql: Statements): Promise<number | undefined> {
  const row = await sql.get<{ due_at: number | null }>(
    'select min(due_at) as due_at from source_watches where is_polled = 1',
  );
  return row?.due_at ?? undefined;
}

/** Records why a check found nothing, undefined after one that did; false if that is recorded already. */
async function noteFailure(
  sql: Statements,
  { pipelineId, actionName, location }: WatchKey,
  failure: string | undefined,
): Promise<boolean> {
  const changed = await sql.run(
    `update source_watches set failure = ? where pipeline_id = ? and action_name = ? and location = ?
       and coalesce(failure, '') <> ?`,
    failure ?? null,
    pipelineId,
    actionName,
    JSON.stringify(location),
    failure ?? '',
  );
  return changed === 1;
}

/**
 * Adds the watches of pipelines that an earlier version stored without any, `limit` pipelines at a time by id. Returns
 * the last id, or undefined at the end.
 */
async function addMissing(
  sql: Statements,
  { afterId, at, limit }: { afterId: string; at: number; limit: number },
): Promise<string | undefined> {
  const rows = await sql.all<PipelineRow>(
    'select * from pipelines where id > ? and deleted_at is null order by id limit ? {{for update}}',
    afterId,
    limit,
  );
  for (const { id, version } of rows) {
    const known = await sql.get('select 1 as one from source_watches where pipeline_id = ? limit 1', id);
    const declaration = known ? undefined : await findDeclaration(sql, id, version);
    for (const watch of declaration ? watchesOf(declaration) : []) await putWatch(sql, id, watch, at);
  }
  return rows.at(-1)?.id;
}
