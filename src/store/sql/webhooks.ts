import type { Scope } from '../../model/pipeline.ts';
import type { StoredWebhookDefinition, Webhook } from '../../model/webhook.ts';
import type { Statements } from '../database.ts';
import type { ListedWebhook } from '../store.ts';

/** `webhooks` as selected with `*`. */
interface WebhookRow {
  id: string;
  account: string;
  region: string;
  definition: string;
  tags: string;
  created_at: number;
  updated_at: number;
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
  };
}

/** Inserts the webhook, or gives the one of its name this definition and, if told, these tags; the id stays. */
export async function putWebhook(
  sql: Statements,
  webhook: Webhook,
  tags: Record<string, string> | undefined,
  limit: number,
): Promise<ListedWebhook | 'full'> {
  const { name } = webhook.definition;
  if (!(await findWebhook(sql, webhook, name)) && (await countWebhooks(sql, webhook)) >= limit) return 'full';
  await sql.run(
    `insert into webhooks (id, account, region, name, definition, tags, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (account, region, name) do update
       set definition = excluded.definition, updated_at = excluded.updated_at,
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
  const deleted = await sql.run(
    'delete from webhooks where account = ? and region = ? and name = ?',
    scope.account,
    scope.region,
    name,
  );
  return deleted === 1;
}
