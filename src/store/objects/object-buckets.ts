import type { Statements } from '../database.ts';
import { keysAfter } from './key-range.ts';
import type { Bucket, BucketAddress, BucketSettings, Freed, Refusable, Versioning } from './object-model.ts';

interface BucketRow {
  account: string;
  name: string;
  region: string;
  versioning: Versioning | null;
  settings: string;
  created_at: number;
}

const columns = 'account, name, region, versioning, settings, created_at';

function toBucket(row: BucketRow): Bucket {
  return {
    account: row.account,
    name: row.name,
    region: row.region,
    versioning: row.versioning ?? undefined,
    settings: JSON.parse(row.settings) as BucketSettings,
    createdAt: row.created_at,
  };
}

export async function findBucket(sql: Statements, where: BucketAddress): Promise<Bucket | undefined> {
  const row = await sql.get<BucketRow>(
    `select ${columns} from object_buckets where account = ? and name = ?`,
    where.account,
    where.bucket,
  );
  return row && toBucket(row);
}

/**
 * Locks the bucket. Every write in a bucket starts with this, so that sequences grow in the order of the commits, a key
 * has one latest version, and no object gets into a bucket that is being deleted.
 */
export async function lockBucket(sql: Statements, where: BucketAddress): Promise<Bucket | undefined> {
  const row = await sql.get<BucketRow>(
    `select ${columns} from object_buckets where account = ? and name = ? {{for update}}`,
    where.account,
    where.bucket,
  );
  return row && toBucket(row);
}

/** Creates a bucket, or returns the existing one of that name. */
export async function insertBucket(sql: Statements, bucket: Bucket): Promise<{ existing?: Bucket }> {
  const inserted = await sql.run(
    `insert into object_buckets (${columns}) values (?, ?, ?, ?, ?, ?) on conflict do nothing`,
    bucket.account,
    bucket.name,
    bucket.region,
    bucket.versioning ?? null,
    JSON.stringify(bucket.settings),
    bucket.createdAt,
  );
  if (inserted === 1) return {};
  const existing = await findBucket(sql, { account: bucket.account, bucket: bucket.name });
  // It may have been deleted since.
  return existing ? { existing } : insertBucket(sql, bucket);
}

/** Lists by name, after `after`, at most `limit`. */
export async function listBuckets(
  sql: Statements,
  account: string,
  page: { prefix: string; after: string; limit: number },
): Promise<Bucket[]> {
  const { condition, parameters } = keysAfter('name', page);
  const rows = await sql.all<BucketRow>(
    `select ${columns} from object_buckets where account = ? and ${condition} order by name limit ?`,
    account,
    ...parameters,
    page.limit,
  );
  return rows.map(toBucket);
}

/** Lists the buckets of all accounts by account and name, after `after`, at most `limit`. */
export async function allBuckets(
  sql: Statements,
  { after, limit }: { after: { account: string; name: string }; limit: number },
): Promise<Bucket[]> {
  const rows = await sql.all<BucketRow>(
    `select ${columns} from object_buckets where (account, name) > (?, ?) order by account, name limit ?`,
    after.account,
    after.name,
    limit,
  );
  return rows.map(toBucket);
}

export async function setVersioning(sql: Statements, where: BucketAddress, versioning: Versioning): Promise<Refusable> {
  if ((await lockBucket(sql, where))?.versioning === versioning) return {};
  const changed = await sql.run(
    'update object_buckets set versioning = ? where account = ? and name = ?',
    versioning,
    where.account,
    where.bucket,
  );
  return changed === 1 ? {} : { refused: 'noSuchBucket' };
}

/** Replaces the settings by what `change` returns, atomically. */
export async function changeSettings(
  sql: Statements,
  where: BucketAddress,
  change: (settings: BucketSettings) => BucketSettings,
): Promise<Refusable> {
  const bucket = await lockBucket(sql, where);
  if (!bucket) return { refused: 'noSuchBucket' };
  const settings = JSON.stringify(change(bucket.settings));
  if (settings === JSON.stringify(bucket.settings)) return {};
  await sql.run(
    'update object_buckets set settings = ? where account = ? and name = ?',
    settings,
    where.account,
    where.bucket,
  );
  return {};
}

/** Deletes a bucket and its unfinished uploads; refuses one that still has a version or a delete marker. */
export async function deleteBucket(sql: Statements, where: BucketAddress): Promise<Refusable<Freed>> {
  const { account, bucket } = where;
  if (!(await lockBucket(sql, where))) return { refused: 'noSuchBucket' };
  const held = await sql.get(
    'select sequence from object_versions where account = ? and bucket = ? limit 1',
    account,
    bucket,
  );
  if (held) return { refused: 'bucketNotEmpty' };
  const uploads = 'select upload_id from object_uploads where account = ? and bucket = ?';
  // Locked first: a part that arrives now has to find that its upload is gone.
  await sql.all(`${uploads} {{for update}}`, account, bucket);
  const parts = await sql.all<{ file_id: string }>(
    `select file_id from object_parts where upload_id in (${uploads})`,
    account,
    bucket,
  );
  await sql.run(`delete from object_parts where upload_id in (${uploads})`, account, bucket);
  await sql.run('delete from object_uploads where account = ? and bucket = ?', account, bucket);
  await sql.run('delete from object_buckets where account = ? and name = ?', account, bucket);
  return { freedFileIds: parts.map((part) => part.file_id) };
}
