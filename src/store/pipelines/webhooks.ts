import type { Scope } from '../../model/pipeline.ts';
import type { StoredWebhookDefinition, Webhook, WebhookError } from '../../model/sources/webhook.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { takeLock } from '../settings.ts';

/** A webhook with its tags. */
export interface ListedWebhook extends Webhook {
  tags: Record<string, string>;
}

/** Webhooks by name. */
export function webhookRows(database: Database) {
  return {
    ...bind(database, 'read', { find: findWebhook, findById: findWebhookById, list: listWebhooks }),
    ...bind(database, 'write', { put: putWebhook, recordError: recordWebhookError, delete: deleteWebhook }),
  };
}

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

/**
 * Stores a webhook under its name: inserts it, or gives the existing row, which keeps its id, the new definition and, if
 * passed, the tags. A row for which `isRepeat` is true stays as it is. Returns the stored row, or 'full' if it would
 * exceed `limit`.
 */
async function putWebhook(
  sql: Statements,
  webhook: Webhook,
  tags: Record<string, string> | undefined,
  limit: number,
  isRepeat?: (kept: ListedWebhook) => boolean,
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
  if (!kept) throw new Error(`the webhook ${name} is missing after its insertion`);
  return kept;
}

async function findWebhook(sql: Statements, scope: Scope, name: string): Promise<ListedWebhook | undefined> {
  const row = await sql.get<WebhookRow>(
    'select * from webhooks where account = ? and region = ? and name = ?',
    scope.account,
    scope.region,
    name,
  );
  return row && toWebhook(row);
}

async function findWebhookById(sql: Statements, id: string): Promise<ListedWebhook | undefined> {
  const row = await sql.get<WebhookRow>('select * from webhooks where id = ?', id);
  return row && toWebhook(row);
}

/** Records why an event could not start an execution; does nothing if the webhook was deleted. */
async function recordWebhookError(sql: Statements, id: string, { code, message }: WebhookError): Promise<void> {
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

/** Lists by name, after `afterName`, at most `limit`. */
async function listWebhooks(
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

/** Returns false if there is none. */
async function deleteWebhook(sql: Statements, scope: Scope, name: string): Promise<boolean> {
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
