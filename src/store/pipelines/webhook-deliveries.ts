import type { Change } from '../../model/change.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { deliveryMemoryMs } from '../../model/webhook.ts';
import type { Statements } from '../database.ts';
import type { WebhookEvent } from '../store.ts';

/**
 * What a decision about an event is told of its webhook; undefined when that has been deleted. The row stays locked, so
 * that a webhook is not deleted while an event of its starts an execution.
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

/** Remembers an event that has started an execution, and forgets those that are too old to count. */
export async function recordEvent(
  sql: Statements,
  { webhookId, executionId, deliveries }: Extract<Change, { kind: 'webhookTriggered' }>,
  at: number,
): Promise<void> {
  const told = sql.run(
    'update webhooks set last_triggered_at = ?, error_code = null, error_message = null where id = ?',
    at,
    webhookId,
  );
  const forgotten = sql.run(
    'delete from webhook_deliveries where webhook_id = ? and received_at < ?',
    webhookId,
    at - deliveryMemoryMs,
  );
  const remembered = deliveries.map((key) =>
    sql.run(
      `insert into webhook_deliveries (webhook_id, delivery, execution_id, received_at) values (?, ?, ?, ?)
       on conflict (webhook_id, delivery) do update
         set execution_id = excluded.execution_id, received_at = excluded.received_at`,
      webhookId,
      key,
      executionId,
      at,
    ),
  );
  await Promise.all([told, forgotten, ...remembered]);
}
