import {
  type BatchEnd,
  type BatchGroups,
  type BatchOrder,
  type BuildBatch,
  batchArn,
  buildBatchesKind,
} from '../../model/build-batch.ts';
import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake, requestWork } from '../due-work.ts';
import type { Notifications } from '../notifications.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';

/** Batches of builds. What becomes of one is written by the due work that is requested with it, which has a lease. */
export function buildBatchRows(database: Database, notifications: Notifications) {
  return {
    /** Creates the batch `<project>:<uuid>`, or returns the one that has this id. */
    async create(scope: Scope, uuid: string, order: BatchOrder, at: number): Promise<BuildBatch> {
      const batch = await database.write((sql) => createBatch(sql, scope, uuid, order, at));
      notifications.wake([dueWorkWake(buildBatchesKind)]);
      return batch;
    },
    /** Asks a batch to stop, with its builds. Returns it, or undefined if there is none. */
    async requestStop(scope: Scope, id: string, at: number): Promise<BuildBatch | undefined> {
      const batch = await database.write((sql) => requestStop(sql, scope, id, at));
      notifications.wake([dueWorkWake(buildBatchesKind)]);
      return batch;
    },
    /** Ends an open batch, and notifies of it by its ARN. Returns false if it has ended before. */
    async end(scope: Scope, id: string, end: BatchEnd & { at: number }): Promise<boolean> {
      const hasEnded = await database.write((sql) => endBatch(sql, scope, id, end));
      if (hasEnded) notifications.wake([batchArn(scope, id)]);
      return hasEnded;
    },
    ...bind(database, 'write', { putGroups }),
    ...bind(database, 'read', { findAll: findBatches, list: listBatches }),
  };
}

interface BatchRow {
  sequence: number;
  account: string;
  region: string;
  id: string;
  number: number;
  batch_order: string;
  groups: string | null;
  status: BuildBatch['status'];
  started_at: number;
  read_at: number | null;
  ended_at: number | null;
  stop_requested_at: number | null;
  failure: string | null;
}

function toBatch(row: BatchRow): BuildBatch {
  return {
    id: row.id,
    scope: { account: row.account, region: row.region },
    number: row.number,
    order: JSON.parse(row.batch_order) as BatchOrder,
    ...(row.groups !== null && { groups: JSON.parse(row.groups) as BatchGroups }),
    ...(row.read_at !== null && { readAt: row.read_at }),
    status: row.status,
    startedAt: row.started_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.stop_requested_at !== null && { stopRequestedAt: row.stop_requested_at }),
    ...(row.failure !== null && { failure: JSON.parse(row.failure) as BuildBatch['failure'] }),
  };
}

const byId = 'account = ? and region = ? and id = ?';

/** The number of batches of a project is counted beside that of its builds, under a name that no project has. */
async function createBatch(
  sql: Statements,
  scope: Scope,
  uuid: string,
  order: BatchOrder,
  at: number,
): Promise<BuildBatch> {
  const { account, region } = scope;
  const project = order.build.projectName;
  const id = `${project}:${uuid}`;
  const [existing] = await findBatches(sql, scope, [id]);
  if (existing) return existing;
  const counted = await sql.get<{ last: number }>(
    `insert into build_numbers (account, region, project, last) values (?, ?, ?, 1)
     on conflict (account, region, project) do update set last = build_numbers.last + 1 returning last`,
    account,
    region,
    `batches of ${project}`,
  );
  await sql.run(
    `insert into build_batches (account, region, id, project, number, batch_order, started_at)
     values (?, ?, ?, ?, ?, ?, ?) on conflict (account, region, id) do nothing`,
    account,
    region,
    id,
    project,
    counted?.last ?? 1,
    JSON.stringify(order),
    at,
  );
  await requestWork(sql, buildBatchesKind, batchArn(scope, id), at);
  return (await findBatches(sql, scope, [id]))[0] as BuildBatch;
}

async function requestStop(sql: Statements, scope: Scope, id: string, at: number): Promise<BuildBatch | undefined> {
  const asked = await sql.run(
    `update build_batches set stop_requested_at = coalesce(stop_requested_at, ?) where ${byId} and status = 'IN_PROGRESS'`,
    at,
    scope.account,
    scope.region,
    id,
  );
  if (asked === 1) await requestWork(sql, buildBatchesKind, batchArn(scope, id), at);
  return (await findBatches(sql, scope, [id]))[0];
}

/** Replaces the groups of an open batch. Returns false if it has ended. */
async function putGroups(
  sql: Statements,
  { account, region }: Scope,
  id: string,
  { groups, at }: { groups: BatchGroups; at: number },
): Promise<boolean> {
  const put = await sql.run(
    `update build_batches set groups = ?, read_at = coalesce(read_at, ?) where ${byId} and status = 'IN_PROGRESS'`,
    JSON.stringify(groups),
    at,
    account,
    region,
    id,
  );
  return put === 1;
}

async function endBatch(
  sql: Statements,
  { account, region }: Scope,
  id: string,
  { status, failure, at }: BatchEnd & { at: number },
): Promise<boolean> {
  const ended = await sql.run(
    `update build_batches set status = ?, failure = ?, ended_at = ? where ${byId} and status = 'IN_PROGRESS'`,
    status,
    failure ? JSON.stringify(failure) : null,
    at,
    account,
    region,
    id,
  );
  return ended === 1;
}

/** Finds batches by their ids; those that don't exist are left out. */
async function findBatches(sql: Statements, { account, region }: Scope, ids: string[]): Promise<BuildBatch[]> {
  const found: BuildBatch[] = [];
  for (const batch of paddedBatches([...new Set(ids)])) {
    const rows = await sql.all<BatchRow>(
      `select * from build_batches where account = ? and region = ? and id in (${placeholders(batch)})`,
      account,
      region,
      ...batch,
    );
    found.push(...rows.map(toBatch));
  }
  return found;
}

/** Lists batches of a project in the order of their creation, also only those with a status. */
async function listBatches(
  sql: Statements,
  { account, region }: Scope,
  { project, order, after, limit, status }: BatchPage,
): Promise<{ id: string; sequence: number }[]> {
  const isAscending = order === 'ASCENDING';
  return sql.all<{ id: string; sequence: number }>(
    `select id, sequence from build_batches where account = ? and region = ? and project = ?
       ${status === undefined ? '' : 'and status = ?'} and sequence ${isAscending ? '>' : '<'} ?
     order by sequence ${isAscending ? 'asc' : 'desc'} limit ?`,
    account,
    region,
    project,
    ...(status === undefined ? [] : [status]),
    after ?? (isAscending ? 0 : Number.MAX_SAFE_INTEGER),
    limit,
  );
}

/** A page of the batches of a project. */
interface BatchPage {
  project: string;
  order: 'ASCENDING' | 'DESCENDING';
  status?: BuildBatch['status'];
  /** The sequence of the last batch of the page before. */
  after?: number;
  limit: number;
}
