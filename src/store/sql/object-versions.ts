import type { Statements } from '../database.ts';
import type { BucketAddress, ObjectAttributes, ObjectVersion } from '../object-index.ts';
import { prefixEnd } from './key-range.ts';

interface VersionRow {
  object_key: string;
  version_id: string;
  is_latest: number;
  is_delete_marker: number;
  file_id: string | null;
  sealed_key: string | null;
  size_bytes: number;
  etag: string;
  attributes: string;
  modified_at: number;
}

const columns =
  'object_key, version_id, is_latest, is_delete_marker, file_id, sealed_key, size_bytes, etag, attributes, modified_at';

function toVersion(row: VersionRow): ObjectVersion {
  return {
    key: row.object_key,
    versionId: row.version_id,
    isLatest: row.is_latest === 1,
    isDeleteMarker: row.is_delete_marker === 1,
    fileId: row.file_id ?? undefined,
    sealedKey: row.sealed_key ?? undefined,
    size: row.size_bytes,
    etag: row.etag,
    attributes: JSON.parse(row.attributes) as ObjectAttributes,
    modifiedAt: row.modified_at,
  };
}

export async function findObject(
  sql: Statements,
  where: BucketAddress,
  key: string,
  versionId?: string,
): Promise<ObjectVersion | undefined> {
  const from = `select ${columns} from object_versions where account = ? and bucket = ? and object_key = ?`;
  const row =
    versionId === undefined
      ? await sql.get<VersionRow>(`${from} and is_latest = 1`, where.account, where.bucket, key)
      : await sql.get<VersionRow>(`${from} and version_id = ?`, where.account, where.bucket, key, versionId);
  return row && toVersion(row);
}

export async function listObjects(
  sql: Statements,
  where: BucketAddress,
  page: { prefix: string; after: string; limit: number },
): Promise<ObjectVersion[]> {
  const rows = await sql.all<VersionRow>(
    `select ${columns} from object_versions
     where account = ? and bucket = ? and object_key > ? and object_key >= ? and object_key < ?
       and is_latest = 1 and is_delete_marker = 0
     order by object_key limit ?`,
    where.account,
    where.bucket,
    page.after,
    page.prefix,
    prefixEnd(page.prefix),
    page.limit,
  );
  return rows.map(toVersion);
}

export async function listVersions(
  sql: Statements,
  where: BucketAddress,
  page: { prefix: string; afterKey: string; afterVersionId?: string; limit: number },
): Promise<ObjectVersion[]> {
  const rows = await sql.all<VersionRow>(
    `select ${columns} from object_versions
     where account = ? and bucket = ? and object_key >= ? and object_key >= ? and object_key < ?
       and (object_key > ? or sequence < ?)
     order by object_key, sequence desc limit ?`,
    where.account,
    where.bucket,
    page.afterKey,
    page.prefix,
    prefixEnd(page.prefix),
    page.afterKey,
    await sequenceBound(sql, where, page),
    page.limit,
  );
  return rows.map(toVersion);
}

/** Versions of `afterKey` older than this sequence are still to be told; 0 tells none of them. */
async function sequenceBound(
  sql: Statements,
  where: BucketAddress,
  page: { afterKey: string; afterVersionId?: string },
): Promise<number> {
  if (page.afterVersionId === undefined) return 0;
  const row = await sql.get<{ sequence: number }>(
    'select sequence from object_versions where account = ? and bucket = ? and object_key = ? and version_id = ?',
    where.account,
    where.bucket,
    page.afterKey,
    page.afterVersionId,
  );
  return row?.sequence ?? Number.MAX_SAFE_INTEGER;
}
