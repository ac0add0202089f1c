import { bind, type Database, type Statements } from './database.ts';
import { takeLock } from './settings.ts';

/** The creator of a key as it was then: the key may never do more. Policies are documents as JSON text. */
export interface KeyBound {
  arn: string;
  /** The role, if the caller was in a session of one. */
  roleArn?: string;
  policies: string[];
  sessionPolicy?: string;
}

/** A long-lived access key as stored; `sealedSecret` can be opened only with the master key, `createdAt` in ms. */
export interface AccessKeyRecord {
  accessKeyId: string;
  account: string;
  name: string;
  sealedSecret: string;
  createdAt: number;
  isRoot: boolean;
  /** What the key may do: policy documents as JSON text and names of managed policies. Empty for root. */
  policies: string[];
  /** The non-root callers that the key descends from; each has to allow what the key does. */
  bounds: KeyBound[];
}

/**
 * The access keys of every account; a key works in all regions of its account. Counting root keys takes a lock: the last
 * one stays, the first is created once.
 */
export function accessKeyRows(database: Database) {
  return {
    ...bind(database, 'read', { find, list }),
    ...bind(database, 'write', { insert, insertFirstRoot, delete: deleteKey }),
  };
}
export type AccessKeyRows = ReturnType<typeof accessKeyRows>;

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

/** Finds a key by its id, in whichever account. */
async function find(sql: Statements, accessKeyId: string): Promise<AccessKeyRecord | undefined> {
  const row = await sql.get<AccessKeyRow>(`select ${columns} from access_keys where access_key_id = ?`, accessKeyId);
  return row && toRecord(row);
}

/** Lists the keys of an account, oldest first. */
async function list(sql: Statements, account: string): Promise<AccessKeyRecord[]> {
  const rows = await sql.all<AccessKeyRow>(
    `select ${columns} from access_keys where account = ? order by created_at, access_key_id`,
    account,
  );
  return rows.map(toRecord);
}

/** Rejects if the id is taken. */
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

/** Inserts a root key if its account has none. */
async function insertFirstRoot(sql: Statements, record: AccessKeyRecord): Promise<void> {
  await takeLock(sql, 'root keys');
  const query = 'select access_key_id from access_keys where account = ? and is_root = 1 limit 1';
  if (!(await sql.get(query, record.account))) await insert(sql, record);
}

/** Returns false if the account has no such key, and for its last root key, which stays. */
async function deleteKey(sql: Statements, account: string, accessKeyId: string): Promise<boolean> {
  await takeLock(sql, 'root keys');
  const deleted = await sql.run(
    `delete from access_keys where account = ? and access_key_id = ?
      and (is_root = 0 or (select count(*) from access_keys where account = ? and is_root = 1) > 1)`,
    account,
    accessKeyId,
    account,
  );
  return deleted > 0;
}
