import type { Change } from '../../model/change.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { type Delivery, deliveryMemoryMs } from '../../model/sources/webhook.ts';
import type { Statements } from '../database.ts';

/** An event and the webhook that received it. */
export interface WebhookEvent {
  webhookId: string;
  deliveries: Delivery[];
}

/**
 * Locks the webhook of an event, so that it isn't deleted while the event starts an execution, and returns what a
 * decision needs to know about it; undefined if it was deleted.
 */
export async function lockEvent(
  sql: Statements,
  { webhookId, deliveries }: WebhookEvent,
): Promise<Snapshot['webhook'] | undefined> {
  const webhook = await sql.get('select id from webhooks where id = ? {{for update}}', webhookId);
  if (!webhook) return undefined;
  for (const { key, sinceAt } of deliveries) {
    const row = await sql.get<{ execution_id: string }>(
      'select execution_id from webhook_deliveries where webhook_id = ? and delivery = ? and received_at >= ?',
      webhookId,
      key,
      sinceAt,
    );
    if (row) return { startedExecutionId: row.execution_id };
  }
  return {};
}

/** Records an event that started an execution, and deletes those too old to count as repeats. */
export function recordEvent(
  sql: Statements,
  { webhookId, executionId, deliveries }: Extract<Change, { kind: 'webhookTriggered' }>,
  at: number,
): void {
  sql.send(
    'update webhooks set last_triggered_at = ?, error_code = null, error_message = null where id = ?',
    at,
    webhookId,
  );
  sql.send('delete from webhook_deliveries where webhook_id = ? and received_at < ?', webhookId, at - deliveryMemoryMs);
  for (const key of deliveries) {
    sql.send(
      `insert into webhook_deliveries (webhook_id, delivery, execution_id, received_at) values (?, ?, ?, ?)
       on conflict (webhook_id, delivery) do update
         set execution_id = excluded.execution_id, received_at = excluded.received_at`,
      webhookId,
      key,
      executionId,
      at,
    );
  }
}
