import type { Statements } from '../database.ts';
import { keysAfter } from './key-range.ts';
import { lockBucket } from './object-buckets.ts';
import type {
  BucketAddress,
  Freed,
  NewObject,
  ObjectAttributes,
  Refusable,
  StoredChecksum,
  Upload,
  UploadedPart,
  WriteCondition,
  WriteGrantId,
  Written,
} from './object-model.ts';
import { hasEnded, putObject } from './object-version-writes.ts';

interface UploadRow {
  upload_id: string;
  object_key: string;
  attributes: string;
  checksum_algorithm: string | null;
  checksum_type: StoredChecksum['type'] | null;
  created_at: number;
}

interface PartRow {
  part_number: number;
  file_id: string;
  sealed_key: string | null;
  size_bytes: number;
  etag: string;
  checksum: string | null;
  modified_at: number;
}

const uploadColumns = 'upload_id, object_key, attributes, checksum_algorithm, checksum_type, created_at';
const partColumns = 'part_number, file_id, sealed_key, size_bytes, etag, checksum, modified_at';

function toUpload(row: UploadRow): Upload {
  return {
    uploadId: row.upload_id,
    key: row.object_key,
    attributes: JSON.parse(row.attributes) as ObjectAttributes,
    checksumAlgorithm: row.checksum_algorithm ?? undefined,
    checksumType: row.checksum_type ?? undefined,
    createdAt: row.created_at,
  };
}

function toPart(row: PartRow): UploadedPart {
  return {
    partNumber: row.part_number,
    fileId: row.file_id,
    sealedKey: row.sealed_key ?? undefined,
    size: row.size_bytes,
    etag: row.etag,
    checksum: row.checksum ?? undefined,
    modifiedAt: row.modified_at,
  };
}

export async function insertUpload(
  sql: Statements,
  where: BucketAddress,
  upload: Upload,
  grant?: WriteGrantId,
): Promise<Refusable> {
  if (await hasEnded(sql, grant)) return { refused: 'grantEnded' };
  if (!(await lockBucket(sql, where))) return { refused: 'noSuchBucket' };
  await sql.run(
    `insert into object_uploads (account, bucket, ${uploadColumns}) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    where.account,
    where.bucket,
    upload.uploadId,
    upload.key,
    JSON.stringify(upload.attributes),
    upload.checksumAlgorithm ?? null,
    upload.checksumType ?? null,
    upload.createdAt,
  );
  return {};
}

export async function findUpload(
  sql: Statements,
  where: BucketAddress,
  key: string,
  uploadId: string,
): Promise<Upload | undefined> {
  const row = await sql.get<UploadRow>(
    `select ${uploadColumns} from object_uploads
     where upload_id = ? and account = ? and bucket = ? and object_key = ?`,
    uploadId,
    where.account,
    where.bucket,
    key,
  );
  return row && toUpload(row);
}

/** Lists by key, then by upload id. */
export async function listUploads(
  sql: Statements,
  where: BucketAddress,
  page: { prefix: string; afterKey: string; afterUploadId?: string; limit: number },
): Promise<Upload[]> {
  const { prefix, afterKey, afterUploadId, limit } = page;
  const rest =
    afterUploadId !== undefined && afterKey.startsWith(prefix)
      ? await sql.all<UploadRow>(
          `select ${uploadColumns} from object_uploads
           where account = ? and bucket = ? and object_key = ? and upload_id > ? order by upload_id limit ?`,
          where.account,
          where.bucket,
          afterKey,
          afterUploadId,
          limit,
        )
      : [];
  if (rest.length === limit) return rest.map(toUpload);
  const { condition, parameters } = keysAfter('object_key', { after: afterKey, prefix });
  const rows = await sql.all<UploadRow>(
    `select ${uploadColumns} from object_uploads where account = ? and bucket = ? and ${condition}
     order by object_key, upload_id limit ?`,
    where.account,
    where.bucket,
    ...parameters,
    limit - rest.length,
  );
  return [...rest, ...rows].map(toUpload);
}

/** Locks the upload: its parts, completion and abortion are serialized. */
async function lockUpload(sql: Statements, uploadId: string): Promise<boolean> {
  const row = await sql.get('select upload_id from object_uploads where upload_id = ? {{for update}}', uploadId);
  return row !== undefined;
}

/** Adds a part or replaces the one with the same number. */
export async function putPart(
  sql: Statements,
  uploadId: string,
  part: UploadedPart,
  grant?: WriteGrantId,
): Promise<Refusable<Freed>> {
  if (await hasEnded(sql, grant)) return { refused: 'grantEnded' };
  if (!(await lockUpload(sql, uploadId))) return { refused: 'noSuchUpload' };
  const replaced = await sql.get<{ file_id: string }>(
    'delete from object_parts where upload_id = ? and part_number = ? returning file_id',
    uploadId,
    part.partNumber,
  );
  await sql.run(
    `insert into object_parts (upload_id, ${partColumns}) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    uploadId,
    part.partNumber,
    part.fileId,
    part.sealedKey ?? null,
    part.size,
    part.etag,
    part.checksum ?? null,
    part.modifiedAt,
  );
  return { freedFileIds: replaced ? [replaced.file_id] : [] };
}

export async function listParts(
  sql: Statements,
  uploadId: string,
  page: { afterPartNumber: number; limit: number },
): Promise<UploadedPart[]> {
  const rows = await sql.all<PartRow>(
    `select ${partColumns} from object_parts where upload_id = ? and part_number > ? order by part_number limit ?`,
    uploadId,
    page.afterPartNumber,
    page.limit,
  );
  return rows.map(toPart);
}

/** Turns an upload into an object if `parts` are still the current ones; frees the files of all its parts. */
export async function completeUpload(
  sql: Statements,
  where: BucketAddress,
  completion: { uploadId: string; parts: UploadedPart[]; object: NewObject; condition: WriteCondition },
): Promise<Refusable<Written>> {
  const { uploadId, parts, object, condition } = completion;
  if (await hasEnded(sql, condition.grant)) return { refused: 'grantEnded' };
  if (!(await lockBucket(sql, where))) return { refused: 'noSuchBucket' };
  if (!(await lockUpload(sql, uploadId))) return { refused: 'noSuchUpload' };
  const all = await sql.all<{ file_id: string }>('select file_id from object_parts where upload_id = ?', uploadId);
  const current = new Set(all.map((part) => part.file_id));
  // The object was assembled from these files before this transaction; a part replaced since then must not be lost.
  if (parts.some((part) => !current.has(part.fileId))) return { refused: 'partsChanged' };
  const written = await putObject(sql, where, object, condition);
  if (written.refused) return written;
  return { ...written, freedFileIds: [...written.freedFileIds, ...(await removeUpload(sql, uploadId))] };
}

export async function abortUpload(
  sql: Statements,
  where: BucketAddress,
  key: string,
  uploadId: string,
): Promise<Refusable<Freed>> {
  const upload = await findUpload(sql, where, key, uploadId);
  if (!upload || !(await lockUpload(sql, uploadId))) return { refused: 'noSuchUpload' };
  return { freedFileIds: await removeUpload(sql, uploadId) };
}

async function removeUpload(sql: Statements, uploadId: string): Promise<string[]> {
  const parts = await sql.all<{ file_id: string }>(
    'delete from object_parts where upload_id = ? returning file_id',
    uploadId,
  );
  await sql.run('delete from object_uploads where upload_id = ?', uploadId);
  return parts.map((part) => part.file_id);
}
