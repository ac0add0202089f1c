import { isOpenHolder } from '../builds/credential-holder.ts';
import type { Statements } from '../database.ts';
import { lockBucket } from './object-buckets.ts';
import type {
  Bucket,
  BucketAddress,
  Deleted,
  Deletion,
  DeletionCondition,
  NewObject,
  ObjectVersion,
  Refusable,
  Tag,
  WriteCondition,
  WriteGrantId,
  Written,
} from './object-model.ts';
import { findObject } from './object-versions.ts';

/**
 * Returns whether the job or the claim of a build that a write depends on has ended. Called first in the writing transaction, before the bucket
 * is locked: the job's row is locked until the commit, so a result, a stop or a time-out comes entirely before the write
 * or entirely after it, and other writers don't wait for the bucket meanwhile.
 */
export async function hasEnded(sql: Statements, grant: WriteGrantId | undefined): Promise<boolean> {
  return grant !== undefined && !(await isOpenHolder(sql, grant, '{{for share}}'));
}

/** The id of a version written while the bucket was not versioned; each key has at most one. */
const nullVersion = 'null';

/** Adds a version or replaces the one it overwrites, depending on the versioning of the bucket. */
export async function putObject(
  sql: Statements,
  where: BucketAddress,
  object: NewObject,
  condition: WriteCondition,
): Promise<Refusable<Written>> {
  if (await hasEnded(sql, condition.grant)) return { refused: 'grantEnded' };
  const bucket = await lockBucket(sql, where);
  if (!bucket) return { refused: 'noSuchBucket' };
  const refused = unmet(condition, await findObject(sql, where, object.key));
  if (refused) return { refused };
  return insertVersion(sql, bucket, object.newVersionId, {
    key: object.key,
    isDeleteMarker: false,
    fileId: object.fileId,
    sealedKey: object.sealedKey,
    size: object.size,
    etag: object.etag,
    attributes: object.attributes,
    modifiedAt: object.modifiedAt,
  });
}

function unmet(
  { ifAbsent, ifEtag }: WriteCondition,
  latest: ObjectVersion | undefined,
): 'noSuchKey' | 'preconditionFailed' | undefined {
  const current = latest && !latest.isDeleteMarker ? latest : undefined;
  if (ifAbsent && current) return 'preconditionFailed';
  if (ifEtag === undefined) return undefined;
  if (!current) return 'noSuchKey';
  return ifEtag === '*' || ifEtag === current.etag ? undefined : 'preconditionFailed';
}

function unmetByDeletion(
  { ifEtag, ifSize, ifModifiedSecond }: DeletionCondition,
  version: ObjectVersion | undefined,
): 'noSuchKey' | 'preconditionFailed' | undefined {
  if (!version || version.isDeleteMarker) return 'noSuchKey';
  if (ifSize !== undefined && ifSize !== version.size) return 'preconditionFailed';
  if (ifModifiedSecond !== undefined && ifModifiedSecond !== Math.floor(version.modifiedAt / 1000)) {
    return 'preconditionFailed';
  }
  return unmet({ ifEtag }, version);
}

async function insertVersion(
  sql: Statements,
  bucket: Bucket,
  newVersionId: string,
  version: Omit<ObjectVersion, 'versionId' | 'isLatest'>,
): Promise<Written> {
  const where = { account: bucket.account, bucket: bucket.name };
  const versionId = bucket.versioning === 'Enabled' ? newVersionId : nullVersion;
  const freedFileIds = versionId === nullVersion ? await removeVersion(sql, where, version.key, nullVersion) : [];
  await sql.run(
    'update object_versions set is_latest = 0 where account = ? and bucket = ? and object_key = ? and is_latest = 1',
    where.account,
    where.bucket,
    version.key,
  );
  await sql.run(
    `insert into object_versions (account, bucket, object_key, version_id, is_latest, is_delete_marker, file_id,
       sealed_key, size_bytes, etag, attributes, modified_at) values (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
    where.account,
    where.bucket,
    version.key,
    versionId,
    version.isDeleteMarker ? 1 : 0,
    version.fileId ?? null,
    version.sealedKey ?? null,
    version.size,
    version.etag,
    JSON.stringify(version.attributes),
    version.modifiedAt,
  );
  return { freedFileIds, versionId: bucket.versioning && versionId };
}

/** Replaces the tags of a version, or of the latest one; noSuchKey if it is a delete marker or missing. */
export async function setObjectTags(
  sql: Statements,
  where: BucketAddress,
  key: string,
  versionId: string | undefined,
  tags: Tag[],
): Promise<Refusable> {
  if (!(await lockBucket(sql, where))) return { refused: 'noSuchBucket' };
  const version = await findObject(sql, where, key, versionId);
  if (!version || version.isDeleteMarker) return { refused: 'noSuchKey' };
  await sql.run(
    'update object_versions set attributes = ? where account = ? and bucket = ? and object_key = ? and version_id = ?',
    JSON.stringify({ ...version.attributes, tags }),
    where.account,
    where.bucket,
    key,
    version.versionId,
  );
  return {};
}

/** Removes the row of a version and returns its file. */
async function removeVersion(sql: Statements, where: BucketAddress, key: string, versionId: string): Promise<string[]> {
  const row = await sql.get<{ file_id: string | null }>(
    `delete from object_versions where account = ? and bucket = ? and object_key = ? and version_id = ?
     returning file_id`,
    where.account,
    where.bucket,
    key,
    versionId,
  );
  return row?.file_id ? [row.file_id] : [];
}

/** Removes versions or adds delete markers in one transaction; returns an outcome for each deletion, in order. */
export async function deleteObjects(
  sql: Statements,
  where: BucketAddress,
  deletions: Deletion[],
  at: number,
): Promise<Refusable<{ outcomes: Refusable<Deleted>[] }>> {
  const bucket = await lockBucket(sql, where);
  if (!bucket) return { refused: 'noSuchBucket' };
  const outcomes: Refusable<Deleted>[] = [];
  for (const deletion of deletions) outcomes.push(await deleteObject(sql, bucket, deletion, at));
  return { outcomes };
}

async function deleteObject(
  sql: Statements,
  bucket: Bucket,
  deletion: Deletion,
  at: number,
): Promise<Refusable<Deleted>> {
  const where = { account: bucket.account, bucket: bucket.name };
  const { key, versionId } = deletion;
  if ([deletion.ifEtag, deletion.ifSize, deletion.ifModifiedSecond].some((condition) => condition !== undefined)) {
    const refused = unmetByDeletion(deletion, await findObject(sql, where, key, versionId));
    if (refused) return { refused };
  }
  if (versionId !== undefined) return deleteVersion(sql, bucket, key, versionId);
  if (bucket.versioning === undefined) {
    return { freedFileIds: await removeVersion(sql, where, key, nullVersion), isDeleteMarker: false };
  }
  const marker = await insertVersion(sql, bucket, deletion.newVersionId, {
    key,
    isDeleteMarker: true,
    size: 0,
    etag: '',
    attributes: { metadata: {} },
    modifiedAt: at,
  });
  return { ...marker, isDeleteMarker: true };
}

async function deleteVersion(sql: Statements, bucket: Bucket, key: string, versionId: string): Promise<Deleted> {
  const where = { account: bucket.account, bucket: bucket.name };
  const version = await findObject(sql, where, key, versionId);
  const freedFileIds = await removeVersion(sql, where, key, versionId);
  if (version?.isLatest) {
    const { account, bucket: name } = where;
    await sql.run(
      `update object_versions set is_latest = 1 where sequence = (
         select max(sequence) from object_versions where account = ? and bucket = ? and object_key = ?)`,
      account,
      name,
      key,
    );
  }
  return { freedFileIds, versionId: bucket.versioning && versionId, isDeleteMarker: version?.isDeleteMarker ?? false };
}
