import type { GitConfiguration } from '../../contract/generated.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../model/pipeline.ts';
import type { ResourceKind } from '../../model/resource.ts';
import {
  type Place,
  type SourceFailure,
  type SourceWatch,
  sourceCheckKind,
  typesOfResources,
  watchedBranchOf,
  watchesOf,
} from '../../model/sources/source-watch.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake, requestWork } from '../due-work.ts';
import type { Notifications } from '../notifications.ts';
import { type OwnerRow, ownerColumns, type PipelineRow, toOwner } from './pipeline-row.ts';
import { findDeclaration } from './pipeline-versions.ts';
import { findPullRequestEvents } from './pull-request-events.ts';
import { keysOf, placeKeyOf, requestChecksOfTypes, type WatchRow } from './repository-watches.ts';
import { announceMove, deleteCursors, noteListing, sourceCursorRows, type WatchKey } from './source-cursors.ts';

/** A watch that waits for the result of a check. */
export interface DueWatch extends SourceWatch {
  /** With the version whose declaration the watch follows. */
  pipeline: Pipeline;
  /** What the last check found; absent before the first. */
  seen?: string;
  /** Why the last check found nothing. */
  failure?: SourceFailure;
  /** When a verified hook of its repository came last. */
  hookedAt?: number;
}

/**
 * The source actions that are checked for changes. Their rows follow the declarations of their pipelines, and request the
 * due work of their check.
 */
export function sourceWatchRows(database: Database, notifications: Notifications) {
  return {
    /** Makes the checks of a place due, because something may have changed there. */
    async requestChecksAt(account: string, place: Place, at: number): Promise<void> {
      const rows = await database.read((sql) => findChecks(sql, placeKeyOf(account, place)));
      // Most objects are no source of a pipeline.
      if (rows.length === 0) return;
      await database.write(async (sql) => {
        for (const { check_key: key } of rows) await requestWork(sql, sourceCheckKind, key, at);
      });
      notifications.wake([dueWorkWake(sourceCheckKind)]);
    },
    /** Makes the checks of sources due that resources of these kinds say where to find, because some have changed. */
    async requestChecksOf(scope: Scope, kinds: ResourceKind[], at: number): Promise<void> {
      const typeKeys = typesOfResources(kinds);
      if (typeKeys.length === 0) return;
      await database.write((sql) => requestChecksOfTypes(sql, scope, { typeKeys, at }));
      notifications.wake([dueWorkWake(sourceCheckKind)]);
    },
    ...bind(database, 'read', {
      ofCheck,
      failures: findFailures,
      pullRequests: findPullRequestEvents,
    }),
    ...bind(database, 'write', { noteFailure, addMissing, noteListing, announceMove }),
    ...sourceCursorRows(database),
  };
}

/**
 * Replaces the watches of a pipeline by those of its new version. A watch with the same location keeps what it has seen,
 * so that nothing starts twice; a new location starts from scratch, and so do the branches of another repository.
 */
export async function putWatches(
  sql: Statements,
  pipeline: Scope & Pick<Pipeline, 'id' | 'updatedAt'>,
  declaration: StoredDeclaration,
): Promise<void> {
  const { id, updatedAt } = pipeline;
  const watches = watchesOf(declaration);
  const rows = await sql.all<WatchRow>('select * from source_watches where pipeline_id = ?', id);
  for (const { action_name: name, place_key: placeKey } of rows) {
    const kept = watches.find(({ actionName }) => actionName === name);
    if (kept && keysOf(pipeline, kept).placeKey === placeKey) continue;
    await deleteCursors(sql, id, name);
    if (!kept) await sql.run('delete from source_watches where pipeline_id = ? and action_name = ?', id, name);
  }
  for (const watch of watches) await putWatch(sql, pipeline, watch, updatedAt);
}

async function putWatch(
  sql: Statements,
  pipeline: Scope & { id: string },
  watch: SourceWatch,
  at: number,
): Promise<void> {
  const { placeKey, checkKey } = keysOf(pipeline, watch);
  await sql.run(
    `insert into source_watches (pipeline_id, action_name, type_key, location, role_arn, is_polled, place_key,
       check_key, git_trigger)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (pipeline_id, action_name) do update set
       seen = case when source_watches.type_key = excluded.type_key and source_watches.location = excluded.location
         then source_watches.seen end,
       failure = null, type_key = excluded.type_key, location = excluded.location, role_arn = excluded.role_arn,
       is_polled = excluded.is_polled, place_key = excluded.place_key, check_key = excluded.check_key,
       git_trigger = excluded.git_trigger,
       hooked_at = case when source_watches.place_key = excluded.place_key then source_watches.hooked_at end`,
    pipeline.id,
    watch.actionName,
    watch.typeKey,
    JSON.stringify(watch.location),
    watch.roleArn,
    watch.isPolled ? 1 : 0,
    placeKey,
    checkKey,
    watch.trigger ? JSON.stringify(watch.trigger) : null,
  );
  if (watch.isPolled) await requestWork(sql, sourceCheckKind, checkKey, at);
}

export async function deleteWatches(sql: Statements, pipelineId: string): Promise<void> {
  for (const table of ['source_watches', 'source_cursors', 'pull_request_events']) {
    await sql.run(`delete from ${table} where pipeline_id = ?`, pipelineId);
  }
}

function findChecks(sql: Statements, placeKey: string): Promise<{ check_key: string }[]> {
  return sql.all('select distinct check_key from source_watches where place_key = ? and is_polled = 1', placeKey);
}

/**
 * Returns the watches that a check serves; none once their actions aren't polled any more. One statement, since a watch
 * belongs to a version of its pipeline.
 */
async function ofCheck(sql: Statements, checkKey: string): Promise<DueWatch[]> {
  const rows = await sql.all<WatchRow & OwnerRow>(
    `select w.*, ${ownerColumns} from source_watches w join pipelines p on p.id = w.pipeline_id
     where w.check_key = ? and w.is_polled = 1 order by w.pipeline_id, w.action_name`,
    checkKey,
  );
  return rows.map(toDueWatch);
}

/** Returns why sources of a pipeline can't be checked at present, by the name of their action. */
async function findFailures(sql: Statements, pipelineId: string): Promise<Map<string, SourceFailure>> {
  const rows = await sql.all<WatchRow>(
    'select * from source_watches where pipeline_id = ? and is_polled = 1 and failure is not null',
    pipelineId,
  );
  return new Map(rows.flatMap((row) => [[row.action_name, toFailure(row) as SourceFailure]]));
}

/** An earlier version stored only the message. */
function toFailure({ failure }: WatchRow): SourceFailure | undefined {
  if (failure === null) return undefined;
  if (!failure.startsWith('["')) return { code: 'JobFailed', message: failure, at: 0 };
  const [code, message, at] = JSON.parse(failure) as [string, string, number];
  return { code, message, at };
}

function toDueWatch(row: WatchRow & OwnerRow): DueWatch {
  const location = JSON.parse(row.location) as Record<string, string>;
  return {
    pipeline: toOwner(row),
    actionName: row.action_name,
    typeKey: row.type_key,
    location,
    git: watchedBranchOf({ typeKey: row.type_key, location }),
    roleArn: row.role_arn,
    isPolled: row.is_polled === 1,
    trigger: row.git_trigger === null ? undefined : (JSON.parse(row.git_trigger) as GitConfiguration),
    seen: row.seen ?? undefined,
    failure: toFailure(row),
    hookedAt: row.hooked_at ?? undefined,
  };
}

/** Records why a check found nothing, undefined after one that did; false if that is recorded already. */
async function noteFailure(
  sql: Statements,
  { pipelineId, actionName, location }: WatchKey,
  failure: SourceFailure | undefined,
): Promise<boolean> {
  const text = failure && JSON.stringify([failure.code, failure.message, failure.at]);
  const changed = await sql.run(
    `update source_watches set failure = ? where pipeline_id = ? and action_name = ? and location = ?
       and coalesce(failure, '') <> ?`,
    text ?? null,
    pipelineId,
    actionName,
    JSON.stringify(location),
    text ?? '',
  );
  return changed === 1;
}

/**
 * Completes the watches of pipelines that an earlier version stored without them or without their check, `limit`
 * pipelines at a time by id. Returns the last id, or undefined at the end.
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
  for (const row of rows) {
    const { id, version } = row;
    const declaration = await findDeclaration(sql, id, version);
    const watches = declaration ? watchesOf(declaration) : [];
    const complete = await sql.all(
      'select 1 as one from source_watches where pipeline_id = ? and check_key is not null',
      id,
    );
    if (complete.length === watches.length) continue;
    for (const watch of watches) await putWatch(sql, row, watch, at);
  }
  return rows.at(-1)?.id;
}
