import { isDeepStrictEqual } from 'node:util';
import type { ActionType, ActionTypeId } from '../../contract/generated.ts';
import { type ActionTypeAttributes, actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Parameter, Statements } from '../database.ts';
import { bumpCatalogue } from './catalogue-version.ts';

/**
 * AWS's own types stand under this account and region and are seen from every other. Those that partners registered
 * stand under this account in their region and are seen by their audience.
 */
export const everywhere = '*';

interface ActionTypeRow {
  definition: string;
  timeout_ms: number;
  attributes: string | null;
  lacks_provider: number;
  registered_by: string | null;
}

const columns = 'definition, timeout_ms, attributes, lacks_provider, registered_by';

/** What an account can use in a region. */
const isUsable = `account in (?, ?) and region in (?, ?) and deleted_at is null and (registered_by is null or exists (
  select 1 from action_type_audiences s
  where s.region = action_types.region and s.type_key = action_types.type_key and s.account in (?, ?)))`;

function usableBy({ account, region }: Scope): Parameter[] {
  return [account, everywhere, region, everywhere, account, everywhere];
}

function toActionType(row: ActionTypeRow): CataloguedActionType {
  return {
    definition: JSON.parse(row.definition) as ActionType,
    timeoutMs: row.timeout_ms,
    ...(row.attributes === null ? {} : { attributes: JSON.parse(row.attributes) as ActionTypeAttributes }),
    ...(row.lacks_provider === 1 ? { lacksProvider: true } : {}),
    ...(row.registered_by === null ? {} : { isTimedByJob: true }),
  };
}

/** One node after the other, since the version is one row: the types of two versions of Millrace would mix. */
export async function replaceBuiltInTypes(sql: Statements, types: CataloguedActionType[]): Promise<void> {
  await bumpCatalogue(sql);
  await sql.run('delete from action_types where account = ? and region = ?', everywhere, everywhere);
  for (const type of types) await insertRow(sql, { account: everywhere, region: everywhere }, type, {}, 0);
}

/** False when a row stands there; one that is marked deleted comes back for the identical definition (operations 3.6). */
export async function insertActionType(
  sql: Statements,
  scope: Scope,
  type: CataloguedActionType,
  tags: Record<string, string>,
  at: number,
): Promise<boolean> {
  const isInserted = await insertRow(sql, scope, type, tags, at);
  if (isInserted) await bumpCatalogue(sql);
  return isInserted;
}

async function insertRow(
  sql: Statements,
  scope: Scope,
  { definition, timeoutMs, attributes, lacksProvider }: CataloguedActionType,
  tags: Record<string, string>,
  at: number,
): Promise<boolean> {
  const place = [scope.account, scope.region, actionTypeKey(definition.id)];
  const inserted = await sql.run(
    `insert into action_types (account, region, type_key, owner, definition, timeout_ms, attributes,
       lacks_provider, tags, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    ...place,
    definition.id.owner,
    JSON.stringify(definition),
    timeoutMs,
    attributes ? JSON.stringify(attributes) : null,
    lacksProvider ? 1 : 0,
    JSON.stringify(tags),
    at,
  );
  if (inserted === 1) return true;
  const standing = await sql.get<{ definition: string; deleted_at: number | null }>(
    `select definition, deleted_at from action_types
     where account = ? and region = ? and type_key = ? {{for update}}`,
    ...place,
  );
  if (!standing || standing.deleted_at === null) return false;
  if (!isDeepStrictEqual(JSON.parse(standing.definition), JSON.parse(JSON.stringify(definition)))) return false;
  await sql.run(
    'update action_types set deleted_at = null, tags = ? where account = ? and region = ? and type_key = ?',
    JSON.stringify(tags),
    ...place,
  );
  return true;
}

/** Marks a type deleted; its row stays, so that its version is not used again for something else. */
export async function deleteActionType(sql: Statements, scope: Scope, id: ActionTypeId, at: number): Promise<boolean> {
  const deleted = await sql.run(
    `update action_types set deleted_at = ?
     where account = ? and region = ? and type_key = ? and deleted_at is null`,
    at,
    scope.account,
    scope.region,
    actionTypeKey(id),
  );
  if (deleted === 1) await bumpCatalogue(sql);
  return deleted === 1;
}

export async function findActionType(
  sql: Statements,
  scope: Scope,
  id: ActionTypeId,
): Promise<CataloguedActionType | undefined> {
  const row = await sql.get<ActionTypeRow>(
    `select ${columns} from action_types where ${isUsable} and type_key = ?`,
    ...usableBy(scope),
    actionTypeKey(id),
  );
  return row && toActionType(row);
}

/** Keys asked for in one statement; one fixed number keeps it one prepared statement. */
const keysAtOnce = 50;
const keyMarks = Array.from({ length: keysAtOnce }, () => '?').join(', ');

export async function findActionTypes(
  sql: Statements,
  scope: Scope,
  ids: ActionTypeId[],
): Promise<CataloguedActionType[]> {
  const keys = [...new Set(ids.map(actionTypeKey))];
  const types: CataloguedActionType[] = [];
  for (let start = 0; start < keys.length; start += keysAtOnce) {
    const rows = await sql.all<ActionTypeRow>(
      `select ${columns} from action_types where ${isUsable} and type_key in (${keyMarks})`,
      ...usableBy(scope),
      ...Array.from({ length: keysAtOnce }, (_, index) => keys[start + index] ?? null),
    );
    types.push(...rows.map(toActionType));
  }
  return types;
}

export async function listActionTypes(
  sql: Statements,
  scope: Scope,
  page: { owner?: string; afterKey: string; limit: number },
): Promise<{ key: string; definition: ActionType }[]> {
  const rows = await sql.all<ActionTypeRow & { type_key: string }>(
    `select type_key, ${columns} from action_types
     where ${isUsable} and type_key > ? and (owner = ? or ? = '') order by type_key limit ?`,
    ...usableBy(scope),
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
