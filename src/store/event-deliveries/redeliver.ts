import { ServiceError } from '../../contract/errors.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';
import { insertAuditEntry } from '../audit.ts';
import type { Statements } from '../database.ts';
import { requestLanes } from './lanes.ts';

/** Who asks for another delivery, and when it is given up. */
export interface RedeliverRequest {
  at: number;
  expiresAt: number;
  origin: Origin;
}

/**
 * Makes ended deliveries pending again, and pending ones due: all or none. Throws ResourceNotFoundException if there is no
 * such delivery.
 */
export async function redeliver(
  sql: Statements,
  scope: Scope,
  ids: string[],
  { at, expiresAt, origin }: RedeliverRequest,
): Promise<void> {
  const lanes: string[] = [];
  for (const id of [...new Set(ids)].sort()) {
    const row = await sql.get<{ lane: string }>(
      `update event_deliveries set status = 'Pending', attempts = 0, due_at = ?, expires_at = ?, ended_at = null
       where id = ? and account = ? and region = ? returning lane`,
      at,
      expiresAt,
      id,
      scope.account,
      scope.region,
    );
    if (!row) throw new ServiceError('ResourceNotFoundException', `There is no delivery with the id '${id}'.`);
    lanes.push(row.lane);
    await insertAuditEntry(sql, scope, { at, origin, action: 'RedeliverEvents', subject: `event-delivery/${id}` });
  }
  await requestLanes(sql, lanes, at);
}
