import type { NewDelivery } from '../../model/event-delivery.ts';
import type { Statements } from '../database.ts';
import { laneOf, requestLanes } from './lanes.ts';

/** The deliveries of some events, and the cursors before and after these events. */
export interface HandOutStep {
  reader: string;
  /** Undefined if it has never read. */
  from: string | undefined;
  to: string;
  deliveries: NewDelivery[];
  at: number;
  /** When the deliveries are given up. */
  expiresAt: number;
}

export async function findCursor(sql: Statements, reader: string): Promise<string | undefined> {
  const row = await sql.get<{ cursor: string }>('select cursor from event_readers where name = ?', reader);
  return row?.cursor;
}

/** Stores deliveries and the cursor; false if another node has moved it. */
export async function handOut(
  sql: Statements,
  { reader, from, to, deliveries, at, expiresAt }: HandOutStep,
): Promise<boolean> {
  const moved =
    from === undefined
      ? await sql.run('insert into event_readers (name, cursor) values (?, ?) on conflict do nothing', reader, to)
      : await sql.run('update event_readers set cursor = ? where name = ? and cursor = ?', to, reader, from);
  if (moved !== 1) return false;
  const lanes: string[] = [];
  for (const { id, receiver, pipelineId, event, body } of deliveries) {
    const { account, region, destination, name } = receiver;
    const lane = laneOf(receiver, pipelineId);
    lanes.push(lane);
    sql.send(
      `insert into event_deliveries (id, account, region, destination, receiver, lane, event, event_id, detail_type,
         status, created_at, due_at, expires_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'Pending', ?, ?, ?)`,
      id,
      account,
      region,
      destination,
      name,
      lane,
      body,
      event.id,
      event['detail-type'],
      at,
      at,
      expiresAt,
    );
  }
  await requestLanes(sql, lanes, at);
  return true;
}
