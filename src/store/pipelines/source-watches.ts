import type { Pipeline, StoredDeclaration } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { FoundRevision } from '../../model/source-watch.ts';
import { type SourceWatch, watchesOf } from '../../model/source-watch.ts';
import type { Database, Statements } from '../database.ts';
import { isKnownRevision } from '../executions/source-revisions.ts';
import type { SourceEvent } from '../store.ts';
import { findDeclaration, type PipelineRow, toPipeline } from './pipelines.ts';
import type { DueWatch, SourceWatchRows, WatchKey } from './source-watch-rows.ts';

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

export function sourceWatchRows(database: Database): SourceWatchRows {
  return {
    claim: (request) => database.write((sql) => claimWatches(sql, request)),
    nextDue: () => database.read(nextDue),
    noteFailure: (watch, failure) => database.write((sql) => noteFailure(sql, watch, failure)),
    addMissing: (page) => database.write((sql) => addMissing(sql, page)),
  };
}

/**
 * Makes the watches of a pipeline those of its new version. What was seen stays with its place, so that nothing is
 * started twice for it; another place starts anew.
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

/** The place decides whether what is known of the watch goes on to count. */
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
 * Locks the watch that an observation is about and says what a decision has to know of it; undefined when it has ended
 * or looks elsewhere by now.
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
       where e.pipeline_id = ? and e.status in ('InProgress', 'Stopping') and e.trigger_type <> ''
         and a.action_name = ? and a.status = 'InProgress' and a.condition_id is null limit 1`,
      pipelineId,
      actionName,
    ),
  ]);
  return { seen: row.seen ?? undefined, isKnown, isBeingTaken: taking !== undefined };
}

export async function rememberSeen(
  sql: Statements,
  pipelineId: string,
  { actionName, cursor }: { actionName: string } & Pick<FoundRevision, 'cursor'>,
): Promise<number> {
  return sql.run(
    'update source_watches set seen = ? where pipeline_id = ? and action_name = ?',
    cursor,
    pipelineId,
    actionName,
  );
}

async function claimWatches(
  sql: Statements,
  { at, nextAt, limit }: Parameters<SourceWatchRows['claim']>[0],
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

async function nextDue(sql: Statements): Promise<number | undefined> {
  const row = await sql.get<{ due_at: number | null }>(
    'select min(due_at) as due_at from source_watches where is_polled = 1',
  );
  return row?.due_at ?? undefined;
}

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

async function addMissing(
  sql: Statements,
  { afterId, at, limit }: Parameters<SourceWatchRows['addMissing']>[0],
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
