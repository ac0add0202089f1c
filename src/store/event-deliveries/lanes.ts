import type { Receiver } from '../../model/event-delivery.ts';
import type { Statements } from '../database.ts';
import { requestWork } from '../due-work.ts';

/** The kind of due work that sends the deliveries of a lane, one after the other. */
export const laneKind = 'event-lane';

/** Returns the key of a lane: a receiver and a pipeline. */
export function laneOf({ account, region, destination, name }: Receiver, pipelineId: string): string {
  return JSON.stringify([destination, account, region, name, pipelineId]);
}

/** Makes lanes due. In one order, so that two transactions don't wait for each other. */
export async function requestLanes(sql: Statements, lanes: string[], at: number): Promise<void> {
  for (const lane of [...new Set(lanes)].sort()) await requestWork(sql, laneKind, lane, at);
}

/** Ends the pending deliveries of a receiver that is gone. */
export async function endDeliveriesTo(
  sql: Statements,
  { account, region, destination, name }: Receiver,
  { at, failure }: { at: number; failure: string },
): Promise<void> {
  await sql.run(
    `update event_deliveries set status = 'Dead', failure = ?, due_at = null, ended_at = ?
     where account = ? and region = ? and status = 'Pending' and destination = ? and receiver = ?`,
    failure,
    at,
    account,
    region,
    destination,
    name,
  );
}

/**
 * Makes the pending deliveries of a receiver due, since it was changed and may work now. Their attempts begin again, so that
 * the failure of one that is under way, with what the receiver was before, is not recorded.
 */
export async function hurryDeliveriesTo(
  sql: Statements,
  { account, region, destination, name }: Receiver,
  at: number,
): Promise<void> {
  const rows = await sql.all<{ lane: string }>(
    `update event_deliveries set attempts = 0, due_at = case when due_at > ? then cast(? as bigint) else due_at end
     where account = ? and region = ? and status = 'Pending' and destination = ? and receiver = ? returning lane`,
    at,
    at,
    account,
    region,
    destination,
    name,
  );
  const lanes = rows.map(({ lane }) => lane);
  await requestLanes(sql, lanes, at);
}
