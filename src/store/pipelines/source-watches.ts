import { hash } from 'node:crypto';
import type { Pipeline, Scope, StoredDeclaration } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import {
  type FoundRevision,
  type Place,
  type SourceFailure,
  type SourceWatch,
  sourceCheckKind,
  watchesOf,
} from '../../model/source-watch.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake, requestWork } from '../due-work.ts';
import { isKnownRevision } from '../executions/source-revisions.ts';
import { isRunning } from '../fragments.ts';
import type { Notifications } from '../notifications.ts';
import { type PipelineRow, toPipeline } from './pipeline-row.ts';
import { findDeclaration } from './pipeline-versions.ts';

/** What was found at the location of a watched source action. */
export interface SourceEvent {
  actionName: string;
  location: Record<string, string>;
  revisionId?: string;
}

/** A watch that waits for the result of a check. */
export interface DueWatch extends SourceWatch {
  pipeline: Pipeline;
  /** What the last check found; absent before the first. */
  seen?: string;
  /** Why the last check found nothing. */
  failure?: SourceFailure;
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
}

/**
 * The source actions that are checked for changes. Their rows follow the declarations of their pipelines, and request the
 * due work of their check.
 */
export function sourceWatchRows(database: Database, notifications: Notifications) {
  return {
    /** Makes the checks of a place due, because something may have changed there. */
    async requestChecks(account: string, place: Place, at: number): Promise<void> {
      const rows = await database.read((sql) => findChecks(sql, placeKeyOf(account, place)));
      // Most objects are no source of a pipeline.
      if (rows.length === 0) return;
      await database.write(async (sql) => {
        for (const { check_key: key } of rows) await requestWork(sql, sourceCheckKind, key, at);
      });
      notifications.wake([dueWorkWake(sourceCheckKind)]);
    },
    ...bind(database, 'read', { ofCheck, failures: findFailures }),
    ...bind(database, 'write', { noteFailure, addMissing }),
  };
}

/** Identifies a place. A hash, since there is a limit to the length of what an index holds. */
function placeKeyOf(account: string, { typeKey, location }: Place): string {
  return hash('sha256', JSON.stringify([account, typeKey, location]));
}

/** Identifies the check that serves a watch: it reads a place under the rights of a role, in a Region. */
function checkKeyOf(placeKey: string, { region }: Scope, { roleArn }: SourceWatch): string {
  return hash('sha256', JSON.stringify([placeKey, region, roleArn]));
}

/**
 * Replaces the watches of a pipeline by those of its new version. A watch with the same location keeps what it has seen,
 * so that nothing starts twice; a new location starts from scratch.
 */
export async function putWatches(
  sql: Statements,
  pipeline: Scope & Pick<Pipeline, 'id' | 'updatedAt'>,
  declaration: StoredDeclaration,
): Promise<void> {
  const { id, updatedAt } = pipeline;
  const watches = watchesOf(declaration);
  const rows = await sql.all<WatchRow>('select * from source_watches where pipeline_id = ?', id);
  for (const { action_name: name } of rows) {
    if (watches.some(({ actionName }) => actionName === name)) continue;
    await sql.run('delete from source_watches where pipeline_id = ? and action_name = ?', id, name);
  }
  for (const watch of watches) await putWatch(sql, pipeline, watch, updatedAt);
}

async function putWatch(
  sql: Statements,
  pipeline: Scope & { id: string },
  watch: SourceWatch,
  at: number,
): Promise<void> {
  const placeKey = placeKeyOf(pipeline.account, watch);
  const checkKey = checkKeyOf(placeKey, pipeline, watch);
  await sql.run(
    `insert into source_watches (pipeline_id, action_name, type_key, location, role_arn, is_polled, place_key,
       check_key)
     values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (pipeline_id, action_name) do update set
       seen = case when source_watches.type_key = excluded.type_key and source_watches.location = excluded.location
         then source_watches.seen end,
       failure = null, type_key = excluded.type_key, location = excluded.location, role_arn = excluded.role_arn,
       is_polled = excluded.is_polled, place_key = excluded.place_key, check_key = excluded.check_key`,
    pipeline.id,
    watch.actionName,
    watch.typeKey,
    JSON.stringify(watch.location),
    watch.roleArn,
    watch.isPolled ? 1 : 0,
    placeKey,
    checkKey,
  );
  if (watch.isPolled) await requestWork(sql, sourceCheckKind, checkKey, at);
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

function findChecks(sql: Statements, placeKey: string): Promise<{ check_key: string }[]> {
  return sql.all('select distinct check_key from source_watches where place_key = ? and is_polled = 1', placeKey);
}

/** Returns the watches that a check serves; none once their actions aren't polled any more. */
async function ofCheck(sql: Statements, checkKey: string): Promise<DueWatch[]> {
  const rows = await sql.all<WatchRow>('select * from source_watches where check_key = ? and is_polled = 1', checkKey);
  const watches = await Promise.all(
    rows.map(async (row) => {
      const pipeline = await sql.get<PipelineRow>('select * from pipelines where id = ?', row.pipeline_id);
      return pipeline ? [toDueWatch(row, toPipeline(pipeline))] : [];
    }),
  );
  return watches.flat();
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

function toDueWatch(row: WatchRow, pipeline: Pipeline): DueWatch {
  return {
    pipeline,
    actionName: row.action_name,
    typeKey: row.type_key,
    location: JSON.parse(row.location) as Record<string, string>,
    roleArn: row.role_arn,
    isPolled: row.is_polled === 1,
    seen: row.seen ?? undefined,
    failure: toFailure(row),
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
    const known = await sql.get(
      'select 1 as one from source_watches where pipeline_id = ? and check_key is not null',
      id,
    );
    const declaration = known ? undefined : await findDeclaration(sql, id, version);
    for (const watch of declaration ? watchesOf(declaration) : []) await putWatch(sql, row, watch, at);
  }
  return rows.at(-1)?.id;
}
