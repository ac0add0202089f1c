import type { ActionTypeDeclaration, ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import { audienceOf, catalogued, declaredTypeId, type RegisteredActionType } from '../../model/registered-type.ts';
import { isSameJson } from '../../model/same-json.ts';
import type { Database, Statements } from '../database.ts';
import { everywhere } from './action-types.ts';
import { bumpCatalogue } from './catalogue-version.ts';
import type { RegisteredTypeRows } from './third-party.ts';

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

/** Registered types as rows of `action_types`, with the accounts that may use each in `action_type_audiences`. */
export function registeredTypeRows(database: Database): RegisteredTypeRows {
  return {
    insert: (type, at) => database.write((sql) => insertRegisteredType(sql, type, at)),
    update: (region, id, revise) =>
      database.write(async (sql) => {
        const current = await readRegisteredType(sql, region, id, '{{for update}}');
        if (!current || current.isDeregistered) return false;
        const declaration = revise(current);
        // A repeated update would make every node read its catalogue again.
        if (isSameJson(declaration, current.declaration)) return true;
        await writeDeclaration(sql, { ...current, declaration });
        return true;
      }),
    deregister: (scope, id, at) => database.write((sql) => deregisterType(sql, scope, id, at)),
    find: (region, id) => database.read((sql) => readRegisteredType(sql, region, id)),
    list: ({ account, region }) =>
      database.read(async (sql) => {
        const rows = await sql.all<RegisteredTypeRow>(
          `select ${columns} from action_types
           where registered_by = ? and region = ? and deleted_at is null order by type_key`,
          account,
          region,
        );
        return rows.map(toRegisteredType);
      }),
  };
}

async function readRegisteredType(
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

async function insertRegisteredType(sql: Statements, type: RegisteredActionType, at: number): Promise<boolean> {
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
    const standing = await readRegisteredType(sql, type.region, id, '{{for update}}');
    if (!standing?.isDeregistered || standing.account !== type.account) return false;
  }
  await writeDeclaration(sql, type);
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
