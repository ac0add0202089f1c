import type { ThirdPartyClient } from '../../model/registered-type.ts';
import { bind, type Database, type Statements } from '../database.ts';

/** The client ids by which partners know accounts. */
export function thirdPartyClientRows(database: Database) {
  return {
    ...bind(database, 'read', { list: listClients }),
    ...bind(database, 'write', { insert: insertClient, delete: deleteClient }),
  };
}
export type ThirdPartyClientRows = ReturnType<typeof thirdPartyClientRows>;

interface ClientRow {
  id: string;
  region: string;
  type_key: string;
  account: string;
  token_digest: string;
  created_at: number;
}

const columns = 'id, region, type_key, account, token_digest, created_at';

function toClient(row: ClientRow): ThirdPartyClient {
  return {
    id: row.id,
    region: row.region,
    typeKey: row.type_key,
    account: row.account,
    tokenDigest: row.token_digest,
    createdAt: row.created_at,
  };
}

async function insertClient(sql: Statements, client: ThirdPartyClient): Promise<void> {
  await sql.run(
    `insert into third_party_clients (${columns}) values (?, ?, ?, ?, ?, ?)`,
    client.id,
    client.region,
    client.typeKey,
    client.account,
    client.tokenDigest,
    client.createdAt,
  );
}

/** Lists the clients of a type, oldest first; of one account or of all. */
async function listClients(
  sql: Statements,
  region: string,
  typeKey: string,
  account = '',
): Promise<ThirdPartyClient[]> {
  const rows = await sql.all<ClientRow>(
    `select ${columns} from third_party_clients
     where region = ? and type_key = ? and (account = ? or ? = '') order by sequence`,
    region,
    typeKey,
    account,
    account,
  );
  return rows.map(toClient);
}

/** Returns false if the type has no client with this id. */
async function deleteClient(sql: Statements, region: string, typeKey: string, clientId: string): Promise<boolean> {
  const deleted = await sql.run(
    'delete from third_party_clients where region = ? and type_key = ? and id = ?',
    region,
    typeKey,
    clientId,
  );
  return deleted === 1;
}
