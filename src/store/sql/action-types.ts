import type { ActionType, ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';

/** AWS's own types stand under this account and region and are seen from every other. */
const everywhere = '*';

interface ActionTypeRow {
  definition: string;
  timeout_ms: number;
}

function toActionType(row: ActionTypeRow): CataloguedActionType {
  return { definition: JSON.parse(row.definition) as ActionType, timeoutMs: row.timeout_ms };
}

export async function replaceBuiltInTypes(sql: Statements, types: CataloguedActionType[]): Promise<void> {
  await sql.run('delete from action_types where account = ?', everywhere);
  for (const type of types) await insertActionType(sql, { account: everywhere, region: everywhere }, type, {}, 0);
}

/** False when a row stands there already, deleted or not: a deleted version cannot be used again. */
export async function insertActionType(
  sql: Statements,
  scope: Scope,
  { definition, timeoutMs }: CataloguedActionType,
  tags: Record<string, string>,
  at: number,
): Promise<boolean> {
  const inserted = await sql.run(
    `insert into action_types (account, region, type_key, owner, definition, timeout_ms, tags, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    scope.account,
    scope.region,
    actionTypeKey(definition.id),
    definition.id.owner,
    JSON.stringify(definition),
    timeoutMs,
    JSON.stringify(tags),
    at,
  );
  return inserted === 1;
}

export async function findActionType(
  sql: Statements,
  scope: Scope,
  id: ActionTypeId,
): Promise<CataloguedActionType | undefined> {
  const row = await sql.get<ActionTypeRow>(
    `select definition, timeout_ms from action_types
     where account in (?, ?) and region in (?, ?) and type_key = ? and deleted_at is null`,
    scope.account,
    everywhere,
    scope.region,
    everywhere,
    actionTypeKey(id),
  );
  return row && toActionType(row);
}

export async function listActionTypes(
  sql: Statements,
  scope: Scope,
  page: { owner?: string; afterKey: string; limit: number },
): Promise<{ key: string; definition: ActionType }[]> {
  const rows = await sql.all<ActionTypeRow & { type_key: string }>(
    `select type_key, definition, timeout_ms from action_types
     where account in (?, ?) and region in (?, ?) and deleted_at is null and type_key > ?
       and (owner = ? or ? = '') order by type_key limit ?`,
    scope.account,
    everywhere,
    scope.region,
    everywhere,
    page.afterKey,
    page.owner ?? '',
    page.owner ?? '',
    page.limit,
  );
  return rows.map((row) => ({ key: row.type_key, definition: toActionType(row).definition }));
}

export async function countCustomTypes(sql: Statements, scope: Scope): Promise<number> {
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from action_types where account = ? and region = ? and deleted_at is null',
    scope.account,
    scope.region,
  );
  return row?.count ?? 0;
}
