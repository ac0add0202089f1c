import type { Scope } from '../../model/pipeline.ts';
import type { RepositoryHook } from '../../model/sources/repository-hook.ts';
import { repositoryRefsKind } from '../../model/sources/repository-refs.ts';
import { sourceCheckKind } from '../../model/sources/source-watch.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake } from '../due-work.ts';
import type { Notifications } from '../notifications.ts';
import { noteFindings, pendingEvents } from './hook-checks.ts';
import { pruneEvents, type Recording, recordEvent } from './hook-events.ts';
import { type HookTrouble, noteTrouble } from './hook-trouble.ts';
import { listEvents } from './listed-events.ts';

/** The hooks of declared repositories, and what they have received. */
export function repositoryHookRows(
  database: Database,
  { notifications, events }: { notifications: Notifications; events: { committed(): void } },
) {
  return {
    ...bind(database, 'read', { findById, list: listHooks, events: listEvents, pendingEvents }),
    ...bind(database, 'write', { ensure: ensureHooks, noteFindings }),
    ...bind(database, 'writeToFree', { pruneEvents }),
    /** Stores an event with what it asks for; undefined if the hook was deleted. */
    async record(hookId: string, recording: Recording) {
      const recorded = await database.write((sql) => recordEvent(sql, hookId, recording));
      if (recorded?.isAnnounced) events.committed();
      if (recorded?.outcome === 'Accepted') {
        notifications.wake([dueWorkWake(sourceCheckKind), dueWorkWake(repositoryRefsKind)]);
      }
      return recorded;
    },
    /** Counts an event that was refused, and says why; does nothing if the hook was deleted. */
    async noteTrouble(hookId: string, trouble: HookTrouble): Promise<void> {
      if (await database.write((sql) => noteTrouble(sql, hookId, trouble))) events.committed();
    },
  };
}

interface HookRow {
  id: string;
  account: string;
  region: string;
  repository: string;
  created_at: number;
  verified_at: number | null;
  refused_events: number;
  trouble: string | null;
  trouble_at: number | null;
}

function toHook(row: HookRow): RepositoryHook {
  return {
    id: row.id,
    account: row.account,
    region: row.region,
    repository: row.repository,
    createdAt: row.created_at,
    verifiedAt: row.verified_at ?? undefined,
    refusedEvents: row.refused_events,
    trouble: row.trouble === null ? undefined : { message: row.trouble, at: row.trouble_at ?? 0 },
  };
}

async function findById(sql: Statements, id: string): Promise<RepositoryHook | undefined> {
  const row = await sql.get<HookRow>('select * from repository_hooks where id = ?', id);
  return row && toHook(row);
}

/** Lists the hooks of a Region. */
async function listHooks(sql: Statements, { account, region }: Scope): Promise<RepositoryHook[]> {
  const rows = await sql.all<HookRow>(
    'select * from repository_hooks where account = ? and region = ? order by repository',
    account,
    region,
  );
  return rows.map(toHook);
}

/** Gives repositories that have no hook one with the id of this list. */
async function ensureHooks(
  sql: Statements,
  { account, region }: Scope,
  hooks: { repository: string; id: string }[],
  at: number,
): Promise<void> {
  for (const { repository, id } of hooks) {
    await sql.run(
      `insert into repository_hooks (id, account, region, repository, created_at) values (?, ?, ?, ?, ?)
       on conflict (account, region, repository) do nothing`,
      id,
      account,
      region,
      repository,
      at,
    );
  }
}

/** Deletes the hook of a repository. Its events are no longer shown, and go when they are old: there may be very many. */
export async function deleteHook(sql: Statements, { account, region }: Scope, repository: string): Promise<void> {
  await sql.run(
    'delete from repository_hooks where account = ? and region = ? and repository = ?',
    account,
    region,
    repository,
  );
}
