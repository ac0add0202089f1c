import { isDeepStrictEqual } from 'node:util';
import type { ActionType, ActionTypeId } from '../../contract/generated.ts';
import { type ActionTypeAttributes, actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Parameter, type Statements } from '../database.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';

/** The catalogue of action types: AWS's own, and each account's custom types. */
export function actionTypeRows(database: Database) {
  return {
    ...bind(database, 'read', {
      find: findActionType,
      findAll: findActionTypes,
      list: listActionTypes,
      countCustom: countCustomTypes,
    }),
    ...bind(database, 'write', {
      replaceBuiltIn: replaceBuiltInTypes,
      insert: insertActionType,
      delete: deleteActionType,
    }),
    /** Returns a type without a read, if it is cached; see `cacheActionTypes`. */
    known: (_scope: Scope, _id: ActionTypeId): CataloguedActionType | undefined => undefined,
  };
}
export type ActionTypeRows = ReturnType<typeof actionTypeRows>;

/** The setting that counts the changes of the catalogue: a cache needs to read only this. */
export const catalogueVersion = 'catalogue-version';

/** Counts a change of the catalogue. Every transaction that writes types has to call it. */
export async function bumpCatalogue(sql: Statements): Promise<void> {
  await sql.run(
    `insert into settings (name, value) values (?, '1')
     on conflict (name) do update set value = cast(cast(settings.value as bigint) + 1 as text)`,
    catalogueVersion,
  );
}

/**
 * The account and region of AWS's own types, which are visible everywhere. Types registered by partners have this account
 * and their region, and are visible to their audience.
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

/** Matches the types that an account can use in a region. */
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

/**
 * Replaces AWS's types by exactly `types`. The version's row is written first and serializes the nodes; otherwise the
 * types of two versions of Millrace could mix.
 */
async function replaceBuiltInTypes(sql: Statements, types: CataloguedActionType[]): Promise<void> {
  await bumpCatalogue(sql);
  await sql.run('delete from action_types where account = ? and region = ?', everywhere, everywhere);
  for (const type of types) await insertRow(sql, { account: everywhere, region: everywhere }, type, {}, 0);
}

/**
 * Returns false if the type exists, or was deleted with another definition; the identical definition restores it
 * (operations 3.6).
 */
async function insertActionType(
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
  const key = [scope.account, scope.region, actionTypeKey(definition.id)];
  const inserted = await sql.run(
    `insert into action_types (account, region, type_key, owner, definition, timeout_ms, attributes,
       lacks_provider, tags, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    ...key,
    definition.id.owner,
    JSON.stringify(definition),
    timeoutMs,
    attributes ? JSON.stringify(attributes) : null,
    lacksProvider ? 1 : 0,
    JSON.stringify(tags),
    at,
  );
  if (inserted === 1) return true;
  const existing = await sql.get<{ definition: string; deleted_at: number | null }>(
    `select definition, deleted_at from action_types
     where account = ? and region = ? and type_key = ? {{for update}}`,
    ...key,
  );
  if (!existing || existing.deleted_at === null) return false;
  if (!isDeepStrictEqual(JSON.parse(existing.definition), JSON.parse(JSON.stringify(definition)))) return false;
  await sql.run(
    'update action_types set deleted_at = null, tags = ? where account = ? and region = ? and type_key = ?',
    JSON.stringify(tags),
    ...key,
  );
  return true;
}

/** Marks a custom type as deleted; its row stays, so that its version is never reused. False if there is none. */
async function deleteActionType(sql: Statements, scope: Scope, id: ActionTypeId, at: number): Promise<boolean> {
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

/** A fixed number keeps the query one prepared statement. */
const keysAtOnce = [50];

/** Finds those of `ids` that exist, in no order. */
async function findActionTypes(sql: Statements, scope: Scope, ids: ActionTypeId[]): Promise<CataloguedActionType[]> {
  const types: CataloguedActionType[] = [];
  for (const keys of paddedBatches([...new Set(ids.map(actionTypeKey))], keysAtOnce)) {
    const rows = await sql.all<ActionTypeRow>(
      `select ${columns} from action_types where ${isUsable} and type_key in (${placeholders(keys)})`,
      ...usableBy(scope),
      ...keys,
    );
    types.push(...rows.map(toActionType));
  }
  return types;
}

/** Lists by owner, category, provider and version, after `afterKey`, at most `limit`. */
async function listActionTypes(
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

async function countCustomTypes(sql: Statements, scope: Scope): Promise<number> {
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from action_types where account = ? and region = ? and deleted_at is null',
    scope.account,
    scope.region,
  );
  return row?.count ?? 0;
}
