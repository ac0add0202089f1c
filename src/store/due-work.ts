import { randomInt } from 'node:crypto';
import { bind, type Database, type Statements } from './database.ts';
import type { Notifications } from './notifications.ts';

/** A claim of work; the newest claim of a key is the only one that can renew or finish it. */
export interface DueWork {
  kind: string;
  key: string;
  /** Random, so that no claim has that of an earlier one, not even of a row that was deleted and made again. */
  fence: number;
  /** How often it was asked for until the claim. */
  requests: number;
  /** Claims since the last success, this one included. */
  attempts: number;
}

interface DueWorkRow extends DueWork {
  ready_at: number;
  is_claimed: number;
}

const largestFence = 2 ** 48 - 1;

/** Work that is due at a time and done once, on whichever node is free. */
export function dueWorkRows(database: Database, notifications: Notifications) {
  return {
    /** Makes work due at `at` unless it is due earlier; if a node is working on it, it is done again. */
    async request(kind: string, key: string, at: number): Promise<void> {
      await database.write((sql) => requestWork(sql, kind, key, at));
      notifications.wake([dueWorkWake(kind)]);
    },
    /** The name notified when work of a kind became due. */
    wakeName: dueWorkWake,
    ...bind(database, 'read', { nextAt }),
    ...bind(database, 'write', { claim: claimWork, renew: renewWork, finish: finishWork }),
  };
}

export function dueWorkWake(kind: string): string {
  return `due-work ${kind}`;
}

export async function requestWork(sql: Statements, kind: string, key: string, at: number): Promise<void> {
  await sql.run(
    `insert into due_work (kind, key, ready_at) values (?, ?, ?)
     on conflict (kind, key) do update set requests = due_work.requests + 1,
       ready_at = case when due_work.is_claimed = 0 and due_work.ready_at > excluded.ready_at then excluded.ready_at
         else due_work.ready_at end`,
    kind,
    key,
    at,
  );
}

/**
 * Claims work that is due, longest overdue first; no two nodes get the same before `leaseUntil`. What is due later than
 * `latestAt` counts as due, because the clock was set back.
 */
async function claimWork(
  sql: Statements,
  claim: { kind: string; at: number; latestAt: number; leaseUntil: number; limit: number },
): Promise<DueWork[]> {
  const rows = await sql.all<DueWorkRow>(
    `with picked as materialized (
       select kind, key from due_work where kind = ? and (ready_at <= ? or ready_at > ?)
       order by ready_at limit ? {{skip locked}})
     update due_work set ready_at = ?, is_claimed = 1, fence = ?, attempts = attempts + 1
     where (kind, key) in (select kind, key from picked) returning *`,
    claim.kind,
    claim.at,
    claim.latestAt,
    claim.limit,
    claim.leaseUntil,
    randomInt(1, largestFence),
  );
  return rows.map(({ kind, key, fence, requests, attempts }) => ({ kind, key, fence, requests, attempts }));
}

/** Extends a claim; false if the work was claimed again meanwhile. */
async function renewWork(sql: Statements, { kind, key, fence }: DueWork, leaseUntil: number): Promise<boolean> {
  const renewed = await sql.run(
    'update due_work set ready_at = ? where kind = ? and key = ? and fence = ? and is_claimed = 1',
    leaseUntil,
    kind,
    key,
    fence,
  );
  return renewed === 1;
}

/**
 * Ends a claim: the work is due again at `nextAt`, or now if it was asked for since the claim; without `nextAt` its row
 * goes. After a failure the attempts go on counting. Returns false if it was claimed again meanwhile.
 */
async function finishWork(
  sql: Statements,
  { kind, key, fence, requests }: DueWork,
  { at, nextAt, isFailed = false }: { at: number; nextAt?: number; isFailed?: boolean },
): Promise<boolean> {
  const own = 'kind = ? and key = ? and fence = ? and is_claimed = 1';
  if (nextAt === undefined) {
    const ended = await sql.run(`delete from due_work where ${own} and requests = ?`, kind, key, fence, requests);
    if (ended === 1) return true;
  }
  const finished = await sql.run(
    `update due_work set is_claimed = 0, ready_at = case when requests > ? then cast(? as bigint) else ? end,
       attempts = case when ? = 1 then attempts else 0 end
     where ${own}`,
    requests,
    at,
    nextAt ?? at,
    isFailed ? 1 : 0,
    kind,
    key,
    fence,
  );
  return finished === 1;
}

/** Returns when work of a kind can be claimed next; undefined if there is none. */
async function nextAt(sql: Statements, kind: string): Promise<number | undefined> {
  const row = await sql.get<{ ready_at: number | null }>(
    'select min(ready_at) as ready_at from due_work where kind = ?',
    kind,
  );
  return row?.ready_at ?? undefined;
}
