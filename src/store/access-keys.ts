import type { AccessKeyRecord, AccessKeyStore, KeyBound } from './access-key-rows.ts';
import type { Database, Statements } from './database.ts';
import { takeLock } from './named-locks.ts';

interface AccessKeyRow {
  access_key_id: string;
  account: string;
  name: string;
  sealed_secret: string;
  created_at: number;
  is_root: number;
  policies: string;
  bounds: string;
}

const columns = 'access_key_id, account, name, sealed_secret, created_at, is_root, policies, bounds';

function toRecord(row: AccessKeyRow): AccessKeyRecord {
  return {
    accessKeyId: row.access_key_id,
    account: row.account,
    name: row.name,
    sealedSecret: row.sealed_secret,
    createdAt: row.created_at,
    isRoot: row.is_root === 1,
    policies: JSON.parse(row.policies) as string[],
    bounds: JSON.parse(row.bounds) as KeyBound[],
  };
}

/** The access keys as rows of `access_keys`. Whoever counts root keys does it alone: the last one stays, the first is made once. */
export function createAccessKeyStore(database: Database): AccessKeyStore {
  return {
    async find(accessKeyId) {
      const row = await database.read((sql) =>
        sql.get<AccessKeyRow>(`select ${columns} from access_keys where access_key_id = ?`, accessKeyId),
      );
      return row && toRecord(row);
    },
    insert: (record) => database.write((sql) => insert(sql, record)),
    insertFirstRoot: (record) =>
      database.write(async (sql) => {
        await takeLock(sql, 'root keys');
        if (!(await hasRoot(sql, record.account))) await insert(sql, record);
      }),
    async list(account) {
      const rows = await database.read((sql) =>
        sql.all<AccessKeyRow>(
          `select ${columns} from access_keys where account = ? order by created_at, access_key_id`,
          account,
        ),
      );
      return rows.map(toRecord);
    },
    delete: (account, accessKeyId) =>
      database.write(async (sql) => {
        await takeLock(sql, 'root keys');
        const deleted = await sql.run(
          `delete from access_keys where account = ? and access_key_id = ?
            and (is_root = 0 or (select count(*) from access_keys where account = ? and is_root = 1) > 1)`,
          account,
          accessKeyId,
          account,
        );
        return deleted > 0;
      }),
  };
}

async function hasRoot(sql: Statements, account: string): Promise<boolean> {
  const row = await sql.get('select access_key_id from access_keys where account = ? and is_root = 1 limit 1', account);
  return row !== undefined;
}

async function insert(sql: Statements, record: AccessKeyRecord): Promise<void> {
  await sql.run(
    `insert into access_keys (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    record.accessKeyId,
    record.account,
    record.name,
    record.sealedSecret,
    record.createdAt,
    record.isRoot ? 1 : 0,
    JSON.stringify(record.policies),
    JSON.stringify(record.bounds),
  );
}
