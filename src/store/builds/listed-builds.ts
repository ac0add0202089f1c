import type { Build } from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { endedBuilds, openBuilds } from '../fragments.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';
import { type BuildRow, toBuild } from './build-row.ts';

/** A page of a list: of CodeBuild's builds in all, or of one project. */
export interface BuildPage {
  project?: string;
  order: 'ASCENDING' | 'DESCENDING';
  /** The sequence of the last build of the page before. */
  after?: number;
  limit: number;
}

/** Lists ids of builds in the order of their creation. Those of Commands are only in the lists of their own name. */
export async function listBuilds(
  sql: Statements,
  { account, region }: Scope,
  { project, order, after, limit }: BuildPage,
): Promise<{ id: string; sequence: number }[]> {
  const isAscending = order === 'ASCENDING';
  return sql.all<{ id: string; sequence: number }>(
    `select id, sequence from builds where account = ? and region = ? and ${project === undefined ? 'kind' : 'project'} = ?
       and sequence ${isAscending ? '>' : '<'} ? order by sequence ${isAscending ? 'asc' : 'desc'} limit ?`,
    account,
    region,
    project ?? 'CodeBuild',
    after ?? (isAscending ? 0 : Number.MAX_SAFE_INTEGER),
    limit,
  );
}

/** Finds builds by their ids; those that don't exist are left out. */
export async function findBuilds(sql: Statements, { account, region }: Scope, ids: string[]): Promise<Build[]> {
  const found: Build[] = [];
  for (const batch of paddedBatches([...new Set(ids)])) {
    const rows = await sql.all<BuildRow>(
      `select * from builds where account = ? and region = ? and id in (${placeholders(batch)})`,
      account,
      region,
      ...batch,
    );
    found.push(...rows.map(toBuild));
  }
  return found;
}

/** Deletes builds that have ended, with their logs, and returns their ids. */
export async function deleteBuilds(sql: Statements, { account, region }: Scope, ids: string[]): Promise<string[]> {
  const deleted: string[] = [];
  for (const batch of paddedBatches([...new Set(ids)])) {
    const rows = await sql.all<{ id: string }>(
      `delete from builds where account = ? and region = ? and status <> 'IN_PROGRESS' and id in (${placeholders(batch)})
       returning id`,
      account,
      region,
      ...batch,
    );
    for (const { id } of rows) {
      await sql.run('update logs set removed_at = created_at where id = ?', id);
      await sql.run('delete from build_test_cases where account = ? and region = ? and id = ?', account, region, id);
    }
    deleted.push(...rows.map(({ id }) => id));
  }
  return deleted;
}

/** Removes builds that ended before an instant, oldest first, with their logs and batches, and returns how many. */
export async function pruneBuilds(sql: Statements, endedBefore: number, limit: number): Promise<number> {
  await sql.run(
    `delete from build_batches where sequence in (
       select sequence from build_batches where ended_at is not null and project <> '' and ended_at < ?
       order by ended_at limit ?)`,
    endedBefore,
    limit,
  );
  await sql.run(
    `update logs set removed_at = created_at where id in (
       select id from builds where ${endedBuilds} and ended_at < ? order by ended_at limit ?)`,
    endedBefore,
    limit,
  );
  await sql.run(
    `delete from build_test_cases where (account, region, id) in (
       select account, region, id from builds where ${endedBuilds} and ended_at < ? order by ended_at limit ?)`,
    endedBefore,
    limit,
  );
  return sql.run(
    `delete from builds where sequence in (
       select sequence from builds where ${endedBuilds} and ended_at < ? order by ended_at limit ?)`,
    endedBefore,
    limit,
  );
}

/** Counts open builds: those that wait for a runner, with the creation of the oldest one, and those that a runner has. */
export async function countBuilds(
  sql: Statements,
  at: number,
): Promise<{ waiting: number; running: number; oldestAt?: number }> {
  const row = await sql.get<{ waiting: number | null; running: number | null; oldest_at: number | null }>(
    `select sum(case when offer_at <= ? then 1 else 0 end) as waiting,
       sum(case when offer_at > ? and attempts > 0 then 1 else 0 end) as running,
       min(case when offer_at <= ? then started_at end) as oldest_at
     from builds where ${openBuilds}`,
    at,
    at,
    at,
  );
  const oldestAt = row?.oldest_at ?? undefined;
  return { waiting: row?.waiting ?? 0, running: row?.running ?? 0, ...(oldestAt !== undefined && { oldestAt }) };
}
