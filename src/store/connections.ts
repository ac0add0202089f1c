import { ServiceError } from '../contract/errors.ts';
import type { Connection } from '../model/connection.ts';
import type { Origin } from '../model/job-event.ts';
import type { Scope } from '../model/pipeline.ts';
import { insertAuditEntry } from './audit.ts';
import { bind, type Database, type Statements } from './database.ts';

/** Connections that were created by the API. Their tags are changed like those of other resources. */
export function connectionRows(database: Database) {
  return {
    ...bind(database, 'read', { find: findConnection, list: listConnections }),
    ...bind(database, 'write', { create: createConnection, delete: deleteConnection }),
  };
}

/** The most connections of an account in a Region, as at AWS. */
const mostConnections = 250;

interface ConnectionRow {
  arn: string;
  name: string;
  provider_type: string;
  tags: string;
  created_at: number;
}

function toConnection(row: ConnectionRow): Connection {
  return {
    arn: row.arn,
    name: row.name,
    providerType: row.provider_type,
    tags: JSON.parse(row.tags) as Connection['tags'],
    createdAt: row.created_at,
  };
}

async function findConnection(
  sql: Statements,
  { account, region }: Scope,
  arn: string,
): Promise<Connection | undefined> {
  const row = await sql.get<ConnectionRow>(
    'select * from connections where account = ? and region = ? and arn = ?',
    account,
    region,
    arn,
  );
  return row && toConnection(row);
}

/** Lists all connections of an account in a Region. */
async function listConnections(sql: Statements, { account, region }: Scope): Promise<Connection[]> {
  const rows = await sql.all<ConnectionRow>(
    'select * from connections where account = ? and region = ? order by arn',
    account,
    region,
  );
  return rows.map(toConnection);
}

/** Throws LimitExceededException if there are too many. */
async function createConnection(
  sql: Statements,
  scope: Scope,
  { arn, name, providerType, tags, createdAt }: Connection,
  origin: Origin,
): Promise<void> {
  const { account, region } = scope;
  await sql.run(
    `insert into connections (account, region, arn, name, provider_type, tags, created_at)
     values (?, ?, ?, ?, ?, ?, ?)`,
    account,
    region,
    arn,
    name,
    providerType,
    JSON.stringify(tags),
    createdAt,
  );
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from connections where account = ? and region = ?',
    account,
    region,
  );
  if ((row?.count ?? 0) > mostConnections) {
    const message = `There can be ${mostConnections} connections in a Region. Delete those that nothing uses.`;
    throw new ServiceError('LimitExceededException', message);
  }
  await insertAuditEntry(sql, scope, { at: createdAt, origin, action: 'CreateConnection', subject: arn });
}

/** Returns false if there is no such connection. */
async function deleteConnection(
  sql: Statements,
  scope: Scope,
  arn: string,
  { at, origin }: { at: number; origin: Origin },
): Promise<boolean> {
  const { account, region } = scope;
  const deleted = await sql.run(
    'delete from connections where account = ? and region = ? and arn = ?',
    account,
    region,
    arn,
  );
  if (deleted === 0) return false;
  await insertAuditEntry(sql, scope, { at, origin, action: 'DeleteConnection', subject: arn });
  return true;
}
