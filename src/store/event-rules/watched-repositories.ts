import type { Scope } from '../../model/pipeline.ts';
import { type Refs, repositoryRefsKind, type WatchedRepository } from '../../model/sources/repository-refs.ts';
import type { Announcement } from '../../model/stored-event.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake, requestWork } from '../due-work.ts';
import { announce } from '../events/events.ts';
import type { Notifications } from '../notifications.ts';

/** Repositories of which rules want to hear, and the refs that were seen there. */
export function watchedRepositoryRows(database: Database, notifications: Notifications, events: { committed(): void }) {
  const write = bind(database, 'write', { watchRepositories, recordRefs, unwatchRepository });
  return {
    ...bind(database, 'read', { find: findWatched }),
    /** Makes the first check of those due that were not watched. */
    async watch(scope: Scope, names: string[], at: number): Promise<void> {
      if (await write.watchRepositories(scope, names, at)) notifications.wake([dueWorkWake(repositoryRefsKind)]);
    },
    /**
     * Records the refs with the events of what has changed, both or neither. Returns false if another node has recorded
     * others meanwhile.
     */
    async record(...parameters: Parameters<typeof write.recordRefs>): Promise<boolean> {
      const isRecorded = await write.recordRefs(...parameters);
      if (isRecorded) events.committed();
      return isRecorded;
    },
    unwatch: write.unwatchRepository,
  };
}

function keyOf({ account, region }: Scope, name: string): string {
  return JSON.stringify([account, region, name]);
}

async function watchRepositories(sql: Statements, scope: Scope, names: string[], at: number): Promise<boolean> {
  let isAnyNew = false;
  for (const name of names) {
    const added = await sql.run(
      `insert into watched_repositories (account, region, name) values (?, ?, ?) on conflict do nothing`,
      scope.account,
      scope.region,
      name,
    );
    if (added === 0) continue;
    await requestWork(sql, repositoryRefsKind, keyOf(scope, name), at);
    isAnyNew = true;
  }
  return isAnyNew;
}

/** Finds a watched repository by the key of its due work. */
async function findWatched(sql: Statements, key: string): Promise<WatchedRepository | undefined> {
  const [account = '', region = '', name = ''] = JSON.parse(key) as string[];
  const row = await sql.get<{ refs: string | null }>(
    'select refs from watched_repositories where account = ? and region = ? and name = ?',
    account,
    region,
    name,
  );
  if (!row) return undefined;
  return { account, region, name, ...(row.refs !== null && { refs: JSON.parse(row.refs) as Refs }) };
}

async function recordRefs(
  sql: Statements,
  { account, region, name, refs }: WatchedRepository,
  { to, announcements }: { to: Refs; announcements: Announcement[] },
): Promise<boolean> {
  const recorded = await sql.run(
    `update watched_repositories set refs = ? where account = ? and region = ? and name = ? and coalesce(refs, '') = ?`,
    JSON.stringify(to),
    account,
    region,
    name,
    refs ? JSON.stringify(refs) : '',
  );
  if (recorded !== 1) return false;
  for (const announcement of announcements) announce(sql, announcement);
  return true;
}

async function unwatchRepository(sql: Statements, { account, region, name }: WatchedRepository): Promise<void> {
  await sql.run(
    'delete from watched_repositories where account = ? and region = ? and name = ?',
    account,
    region,
    name,
  );
}

/** Makes the check of a repository due, because a hook said that something changed there; nothing if none is watched. */
export async function requestRefsCheck(sql: Statements, scope: Scope, name: string, at: number): Promise<boolean> {
  const row = await sql.get(
    'select name from watched_repositories where account = ? and region = ? and name = ?',
    scope.account,
    scope.region,
    name,
  );
  if (row) await requestWork(sql, repositoryRefsKind, keyOf(scope, name), at);
  return row !== undefined;
}
