import { bind, type Database, type Statements } from '../database.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';
import {
  allBuckets,
  changeSettings,
  deleteBucket,
  findBucket,
  insertBucket,
  listBuckets,
  setVersioning,
} from './object-buckets.ts';
import {
  abortUpload,
  completeUpload,
  findUpload,
  insertUpload,
  listParts,
  listUploads,
  putPart,
} from './object-uploads.ts';
import { deleteObjects, putObject, setObjectTags } from './object-version-writes.ts';
import { findObject, listObjects, listVersions } from './object-versions.ts';

export type * from './object-model.ts';

/**
 * The rows behind the object endpoint: buckets, versions of objects, multipart uploads and their parts. The bytes are
 * files that only `artifacts/` knows; a row names its file by id. Everything is durable when it resolves; a write for
 * which there is no space is a StorageFullError, and nothing is written.
 */
export function objectRows(database: Database) {
  return {
    ...bind(database, 'read', {
      findBucket,
      listBuckets,
      allBuckets,
      findObject,
      listObjects,
      listVersions,
      findUpload,
      listUploads,
      listParts,
      filesInUse,
    }),
    ...bind(database, 'write', {
      createBucket: insertBucket,
      setVersioning,
      changeSettings,
      putObject,
      setObjectTags,
      createUpload: insertUpload,
      putPart,
      completeUpload,
    }),
    ...bind(database, 'writeToFree', { deleteBucket, deleteObjects, abortUpload }),
  };
}
export type ObjectIndex = ReturnType<typeof objectRows>;

/** A fixed number keeps the query one prepared statement. */
const idsAtOnce = [100];

/** Returns which of these files a version, a part or a block of a log refers to. */
async function filesInUse(sql: Statements, fileIds: string[]): Promise<string[]> {
  const used: string[] = [];
  for (const ids of paddedBatches(fileIds, idsAtOnce)) {
    const rows = await sql.all<{ file_id: string }>(
      `select file_id from object_versions where file_id in (${placeholders(ids)})
       union select file_id from object_parts where file_id in (${placeholders(ids)})
       union select file_id from log_blocks where file_id in (${placeholders(ids)})`,
      ...ids,
      ...ids,
      ...ids,
    );
    used.push(...rows.map((row) => row.file_id));
  }
  return used;
}
