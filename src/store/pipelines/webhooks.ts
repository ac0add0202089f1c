import type { Scope } from '../../model/pipeline.ts';
import type { StoredWebhookDefinition, Webhook, WebhookError } from '../../model/webhook.ts';
import type { Statements } from '../database.ts';
import { takeLock } from '../named-locks.ts';
import type { ListedWebhook } from './webhook-rows.ts';

/** `webhooks` as selected with `*`. */
interface WebhookRow {
  id: string;
  account: string;
  region: string;
  definition: string;
  tags: string;
  created_at: number;
  updated_at: number;
  last_triggered_at: number | null;
  error_code: string | null;
  error_message: string | null;
}

function toWebhook(row: WebhookRow): ListedWebhook {
  return {
    id: row.id,
    account: row.account,
    region: row.region,
    definition: JSON.parse(row.definition) as StoredWebhookDefinition,
    tags: JSON.parse(row.tags) as Record<string, string>,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastTriggeredAt: row.last_triggered_at ?? undefined,
    error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? '' },
  };
}

/** Inserts the webhook, or gives the one of its name this definition and, if told, these tags; the id stays. */
export async function putWebhook(
  sql: Statements,
  webhook: Webhook,
  {
    tags,
    limit,
    isRepeat,
  }: { tags?: Record<string, string>; limit: number; isRepeat?: (kept: ListedWebhook) => boolean },
): Promise<ListedWebhook | 'full'> {
  const { name } = webhook.definition;
  await takeLock(sql, 'webhooks');
  const present = await findWebhook(sql, webhook, name);
  if (present && isRepeat?.(present)) return present;
  if (!present && (await countWebhooks(sql, webhook)) >= limit) return 'full';
  await sql.run(
    `insert into webhooks (id, account, region, name, definition, tags, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (account, region, name) do update
       set definition = excluded.definition, updated_at = excluded.updated_at, error_code = null, error_message = null,
           tags = case when ? = 1 then excluded.tags else webhooks.tags end`,
    webhook.id,
    webhook.account,
    webhook.region,
    name,
    JSON.stringify(webhook.definition),
    JSON.stringify(tags ?? {}),
    webhook.createdAt,
    webhook.updatedAt,
    tags === undefined ? 0 : 1,
  );
  const kept = await findWebhook(sql, webhook, name);
  if (!kept) throw new Error(`the webhook ${name} was put and is not there`);
  return kept;
}

export async function findWebhook(sql: Statements, scope: Scope, name: string): Promise<ListedWebhook | undefined> {
  const row = await sql.get<WebhookRow>(
    'select * from webhooks where account = ? and region = ? and name = ?',
    scope.account,
    scope.region,
    name,
  );
  return row && toWebhook(row);
}

export async function findWebhookById(sql: Statements, id: string): Promise<ListedWebhook | undefined> {
  const row = await sql.get<WebhookRow>('select * from webhooks where id = ?', id);
  return row && toWebhook(row);
}

export async function recordWebhookError(sql: Statements, id: string, { code, message }: WebhookError): Promise<void> {
  await sql.run('update webhooks set error_code = ?, error_message = ? where id = ?', code, message, id);
}

async function countWebhooks(sql: Statements, scope: Scope): Promise<number> {
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from webhooks where account = ? and region = ?',
    scope.account,
    scope.region,
  );
  return row?.count ?? 0;
}

export async function listWebhooks(
  sql: Statements,
  scope: Scope,
  page: { afterName: string; limit: number },
): Promise<ListedWebhook[]> {
  const rows = await sql.all<WebhookRow>(
    'select * from webhooks where account = ? and region = ? and name > ? order by name limit ?',
    scope.account,
    scope.region,
    page.afterName,
    page.limit,
  );
  return rows.map(toWebhook);
}

export async function deleteWebhook(sql: Statements, scope: Scope, name: string): Promise<boolean> {
  const row = await sql.get<{ id: string }>(
    'select id from webhooks where account = ? and region = ? and name = ? {{for update}}',
    scope.account,
    scope.region,
    name,
  );
  if (!row) return false;
  await sql.run('delete from webhook_deliveries where webhook_id = ?', row.id);
  await sql.run('delete from webhooks where id = ?', row.id);
  return true;
}
