import type { ThirdPartyClient } from '../../model/registered-type.ts';
import type { Database } from '../database.ts';
import type { ThirdPartyClientRows } from './third-party.ts';

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

/** Clients as rows of `third_party_clients`. */
export function thirdPartyClientRows(database: Database): ThirdPartyClientRows {
  return {
    async insert({ id, region, typeKey, account, tokenDigest, createdAt }) {
      await database.write((sql) =>
        sql.run(
          `insert into third_party_clients (${columns}) values (?, ?, ?, ?, ?, ?)`,
          id,
          region,
          typeKey,
          account,
          tokenDigest,
          createdAt,
        ),
      );
    },
    async list(region, typeKey, account = '') {
      const rows = await database.read((sql) =>
        sql.all<ClientRow>(
          `select ${columns} from third_party_clients
           where region = ? and type_key = ? and (account = ? or ? = '') order by sequence`,
          region,
          typeKey,
          account,
          account,
        ),
      );
      return rows.map(toClient);
    },
    async delete(region, typeKey, clientId) {
      const deleted = await database.write((sql) =>
        sql.run(
          'delete from third_party_clients where region = ? and type_key = ? and id = ?',
          region,
          typeKey,
          clientId,
        ),
      );
      return deleted === 1;
    },
  };
}
