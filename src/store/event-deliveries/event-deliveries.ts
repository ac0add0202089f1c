import type { Event } from '../../model/event.ts';
import type { DeliveryStatus, ListedDelivery, PendingDelivery } from '../../model/event-delivery.ts';
import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake } from '../due-work.ts';
import type { Notifications } from '../notifications.ts';
import { findCursor, type HandOutStep, handOut } from './hand-out.ts';
import { laneKind } from './lanes.ts';
import { type RedeliverRequest, redeliver } from './redeliver.ts';

/** Deliveries of events, and how far events have been handed to their receivers. */
export function eventDeliveryRows(database: Database, notifications: Notifications) {
  const wakeLanes = () => notifications.wake([dueWorkWake(laneKind)]);
  return {
    ...bind(database, 'read', { cursor: findCursor, next: nextOfLane, list: listDeliveries, count: countDeliveries }),
    ...bind(database, 'write', { recordSuccess, recordFailure }),
    ...bind(database, 'writeToFree', { prune: pruneDeliveries }),
    /**
     * Stores deliveries with the new cursor of a reader, all or none. Returns false, with nothing stored, if its cursor
     * was not `from`: another node has read these events.
     */
    async handOut(step: HandOutStep): Promise<boolean> {
      const isStored = await database.write((sql) => handOut(sql, step));
      if (isStored && step.deliveries.length > 0) wakeLanes();
      return isStored;
    },
    /** Sends deliveries again, and records who asked for it. */
    async redeliver(scope: Scope, ids: string[], request: RedeliverRequest): Promise<void> {
      await database.write((sql) => redeliver(sql, scope, ids, request));
      wakeLanes();
    },
  };
}

interface DeliveryRow {
  sequence: number;
  id: string;
  account: string;
  region: string;
  destination: string;
  receiver: string;
  event_id: string;
  detail_type: string;
  status: DeliveryStatus;
  attempts: number;
  failure: string | null;
  created_at: number;
  due_at: number | null;
  ended_at: number | null;
}

/** Without the event, which may be large. */
const listedColumns = `sequence, id, account, region, destination, receiver, event_id, detail_type, status, attempts,
  failure, created_at, due_at, ended_at`;

function toListed(row: DeliveryRow): ListedDelivery {
  return {
    id: row.id,
    sequence: row.sequence,
    receiver: { account: row.account, region: row.region, destination: row.destination, name: row.receiver },
    eventId: row.event_id,
    detailType: row.detail_type,
    status: row.status,
    attempts: row.attempts,
    failure: row.failure ?? undefined,
    createdAt: row.created_at,
    dueAt: row.due_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}

/** Matches pending deliveries, through `event_deliveries_by_lane`. */
const isPending = "due_at is not null and lane <> ''";

/** Matches ended deliveries, through `event_deliveries_ended`. */
const isEnded = "ended_at is not null and id <> ''";

/** Returns the oldest pending delivery of a lane: the later ones wait for it. */
async function nextOfLane(sql: Statements, lane: string): Promise<PendingDelivery | undefined> {
  const row = await sql.get<DeliveryRow & { event: string; due_at: number; expires_at: number }>(
    `select * from event_deliveries where lane = ? and ${isPending} order by sequence limit 1`,
    lane,
  );
  if (!row) return undefined;
  const { id, receiver, attempts } = toListed(row);
  return {
    id,
    receiver,
    attempts,
    event: JSON.parse(row.event) as Event,
    dueAt: row.due_at,
    expiresAt: row.expires_at,
  };
}

async function recordSuccess(sql: Statements, id: string, at: number): Promise<void> {
  await sql.run(
    `update event_deliveries set status = 'Delivered', attempts = attempts + 1, due_at = null, ended_at = ?
     where id = ? and status = 'Pending'`,
    at,
    id,
  );
}

/**
 * Records a failed attempt: the next one is due at `dueAt`; without it the delivery is dead. `attempts` counts those before
 * it, so that a node that was taken for dead changes nothing.
 */
async function recordFailure(
  sql: Statements,
  id: string,
  { attempts, failure, at, dueAt }: { attempts: number; failure: string; at: number; dueAt?: number },
): Promise<void> {
  await sql.run(
    `update event_deliveries set status = ?, attempts = attempts + 1, failure = ?, due_at = ?, ended_at = ?
     where id = ? and status = 'Pending' and attempts = ?`,
    dueAt === undefined ? 'Dead' : 'Pending',
    failure,
    dueAt ?? null,
    dueAt === undefined ? at : null,
    id,
    attempts,
  );
}

/** Lists deliveries, the newest first, before a position. */
async function listDeliveries(
  sql: Statements,
  { account, region }: Scope,
  { status, before = Number.MAX_SAFE_INTEGER, limit }: { status?: DeliveryStatus; before?: number; limit: number },
): Promise<ListedDelivery[]> {
  const ofStatus = status === undefined ? [] : [status];
  const rows = await sql.all<DeliveryRow>(
    `select ${listedColumns} from event_deliveries
     where account = ? and region = ? ${ofStatus.map(() => 'and status = ?').join('')} and sequence < ?
     order by sequence desc limit ?`,
    account,
    region,
    ...ofStatus,
    before,
    limit,
  );
  return rows.map(toListed);
}

/** Counts the deliveries of all accounts that did not arrive; `oldestAt` is when the oldest pending one was created. */
async function countDeliveries(sql: Statements): Promise<{ pending: number; dead: number; oldestAt?: number }> {
  const pending = await sql.get<{ count: number; oldest: number | null }>(
    `select count(*) as count, min(created_at) as oldest from event_deliveries where ${isPending}`,
  );
  const dead = await sql.get<{ count: number }>(
    `select count(*) as count from event_deliveries where status = 'Dead' and ${isEnded}`,
  );
  return { pending: pending?.count ?? 0, dead: dead?.count ?? 0, oldestAt: pending?.oldest ?? undefined };
}

/** Removes up to `limit` deliveries that ended too long ago; returns how many. */
async function pruneDeliveries(
  sql: Statements,
  { deliveredBefore, deadBefore, limit }: { deliveredBefore: number; deadBefore: number; limit: number },
): Promise<number> {
  const prune = (status: DeliveryStatus, endedBefore: number, most: number) =>
    sql.run(
      `delete from event_deliveries where id in (
         select id from event_deliveries where status = ? and ${isEnded} and ended_at < ? order by ended_at limit ?)`,
      status,
      endedBefore,
      most,
    );
  const delivered = await prune('Delivered', deliveredBefore, limit);
  return delivered + (await prune('Dead', deadBefore, limit - delivered));
}
