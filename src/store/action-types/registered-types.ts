import type { ActionTypeDeclaration, ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import { audienceOf, catalogued, declaredTypeId, type RegisteredActionType } from '../../model/registered-type.ts';
import { isSameJson } from '../../model/same-json.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { bumpCatalogue, everywhere } from './action-types.ts';

/** Action types registered by partners, unique in their region; the accounts that may use each are in a table of theirs. */
export function registeredTypeRows(database: Database) {
  return {
    ...bind(database, 'read', {
      find: (sql, region: string, id: ActionTypeId) => findType(sql, region, id),
      list: listTypes,
    }),
    ...bind(database, 'write', { insert: insertType, update: updateType, deregister: deregisterType }),
  };
}
export type RegisteredTypeRows = ReturnType<typeof registeredTypeRows>;

interface RegisteredTypeRow {
  region: string;
  registered_by: string;
  declaration: string;
  deleted_at: number | null;
}

const columns = 'region, registered_by, declaration, deleted_at';

function toRegisteredType(row: RegisteredTypeRow): RegisteredActionType {
  return {
    account: row.registered_by,
    region: row.region,
    declaration: JSON.parse(row.declaration) as ActionTypeDeclaration,
    ...(row.deleted_at === null ? {} : { isDeregistered: true }),
  };
}

/** Finds a type, whichever account registered it, deregistered ones included. */
async function findType(
  sql: Statements,
  region: string,
  id: ActionTypeId,
  lock: '' | '{{for update}}' = '',
): Promise<RegisteredActionType | undefined> {
  const row = await sql.get<RegisteredTypeRow>(
    `select ${columns} from action_types
     where account = ? and region = ? and type_key = ? and registered_by is not null ${lock}`,
    everywhere,
    region,
    actionTypeKey(id),
  );
  return row && toRegisteredType(row);
}

/** Lists by id what the account has registered in the region; deregistered types are left out. */
async function listTypes(sql: Statements, { account, region }: Scope): Promise<RegisteredActionType[]> {
  const rows = await sql.all<RegisteredTypeRow>(
    `select ${columns} from action_types
     where registered_by = ? and region = ? and deleted_at is null order by type_key`,
    account,
    region,
  );
  return rows.map(toRegisteredType);
}

/**
 * Returns false if the id is taken: by a built-in or a registered type, or by a deregistered one of another account,
 * whose clients' jobs must not go to others. The same account's own is restored with the new declaration.
 */
async function insertType(sql: Statements, type: RegisteredActionType, at: number): Promise<boolean> {
  const id = declaredTypeId(type.declaration);
  const builtIn = await sql.get(
    'select type_key from action_types where account = ? and region = ? and type_key = ?',
    everywhere,
    everywhere,
    actionTypeKey(id),
  );
  if (builtIn) return false;
  const inserted = await sql.run(
    `insert into action_types (account, region, type_key, owner, definition, timeout_ms, lacks_provider, tags,
       created_at, registered_by, declaration)
     values (?, ?, ?, ?, '{}', 0, 0, '{}', ?, ?, '{}') on conflict do nothing`,
    everywhere,
    type.region,
    actionTypeKey(id),
    id.owner,
    at,
    type.account,
  );
  if (inserted === 0) {
    const existing = await findType(sql, type.region, id, '{{for update}}');
    if (!existing?.isDeregistered || existing.account !== type.account) return false;
  }
  await writeDeclaration(sql, type);
  return true;
}

/**
 * Replaces the declaration of a registered type; false if there is none. `revise` may refuse by throwing and may run more
 * than once.
 */
async function updateType(
  sql: Statements,
  region: string,
  id: ActionTypeId,
  revise: (current: RegisteredActionType) => ActionTypeDeclaration,
): Promise<boolean> {
  const current = await findType(sql, region, id, '{{for update}}');
  if (!current || current.isDeregistered) return false;
  const declaration = revise(current);
  // A repeated update would make every node reload its catalogue.
  if (!isSameJson(declaration, current.declaration)) await writeDeclaration(sql, { ...current, declaration });
  return true;
}

async function writeDeclaration(sql: Statements, type: RegisteredActionType): Promise<void> {
  const { definition, timeoutMs } = catalogued(type.declaration);
  const key = actionTypeKey(definition.id);
  await bumpCatalogue(sql);
  await sql.run(
    `update action_types set declaration = ?, definition = ?, timeout_ms = ?, deleted_at = null
     where account = ? and region = ? and type_key = ?`,
    JSON.stringify(type.declaration),
    JSON.stringify(definition),
    timeoutMs,
    everywhere,
    type.region,
    key,
  );
  await sql.run('delete from action_type_audiences where region = ? and type_key = ?', type.region, key);
  for (const account of audienceOf(type)) {
    await sql.run(
      'insert into action_type_audiences (region, type_key, account) values (?, ?, ?)',
      type.region,
      key,
      account,
    );
  }
}

/** Hides a type from `find` and `list` of action types. Returns false if the account has no such type. */
async function deregisterType(
  sql: Statements,
  { account, region }: Scope,
  id: ActionTypeId,
  at: number,
): Promise<boolean> {
  const deregistered = await sql.run(
    `update action_types set deleted_at = ?
     where account = ? and region = ? and type_key = ? and registered_by = ? and deleted_at is null`,
    at,
    everywhere,
    region,
    actionTypeKey(id),
    account,
  );
  if (deregistered === 1) await bumpCatalogue(sql);
  return deregistered === 1;
}
