import type { Statements } from '../database.ts';
import { keysAfter } from './key-range.ts';
import type { BucketAddress, ObjectAttributes, ObjectVersion } from './object-model.ts';

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

/** Finds a version, or the latest one, which may be a delete marker. */
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

/** Lists latest versions other than delete markers, by the bytes of the key. */
export async function listObjects(
  sql: Statements,
  where: BucketAddress,
  page: { prefix: string; after: string; limit: number },
): Promise<ObjectVersion[]> {
  const { condition, parameters } = keysAfter('object_key', page);
  const rows = await sql.all<VersionRow>(
    `select ${columns} from object_versions
     where account = ? and bucket = ? and ${condition} and is_latest = 1 and is_delete_marker = 0
     order by object_key limit ?`,
    where.account,
    where.bucket,
    ...parameters,
    page.limit,
  );
  return rows.map(toVersion);
}

/**
 * Lists all versions and delete markers by key, newest first. `afterVersionId` continues within `afterKey`; if that
 * version is gone, the key starts over, so that a client that deletes while listing misses none.
 */
export async function listVersions(
  sql: Statements,
  where: BucketAddress,
  page: { prefix: string; afterKey: string; afterVersionId?: string; limit: number },
): Promise<ObjectVersion[]> {
  const { prefix, afterKey, afterVersionId, limit } = page;
  const rest =
    afterVersionId !== undefined && afterKey.startsWith(prefix)
      ? await listOlderVersions(sql, where, { key: afterKey, versionId: afterVersionId, limit })
      : [];
  if (rest.length === limit) return rest.map(toVersion);
  const { condition, parameters } = keysAfter('object_key', { after: afterKey, prefix });
  const rows = await sql.all<VersionRow>(
    `select ${columns} from object_versions where account = ? and bucket = ? and ${condition}
     order by object_key, sequence desc limit ?`,
    where.account,
    where.bucket,
    ...parameters,
    limit - rest.length,
  );
  return [...rest, ...rows].map(toVersion);
}

/** Lists the versions of a key that are older than a given one, or all of them if that one is gone. */
async function listOlderVersions(
  sql: Statements,
  where: BucketAddress,
  page: { key: string; versionId: string; limit: number },
): Promise<VersionRow[]> {
  const named = await sql.get<{ sequence: number }>(
    'select sequence from object_versions where account = ? and bucket = ? and object_key = ? and version_id = ?',
    where.account,
    where.bucket,
    page.key,
    page.versionId,
  );
  return sql.all<VersionRow>(
    `select ${columns} from object_versions
     where account = ? and bucket = ? and object_key = ? and sequence < ? order by sequence desc limit ?`,
    where.account,
    where.bucket,
    page.key,
    named?.sequence ?? Number.MAX_SAFE_INTEGER,
    page.limit,
  );
}
