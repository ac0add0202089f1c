import type { Database, Statements } from '../database.ts';
import {
  allBuckets,
  changeSettings,
  deleteBucket,
  findBucket,
  insertBucket,
  listBuckets,
  setVersioning,
} from './object-buckets.ts';
import type { ObjectIndex } from './object-index.ts';
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

/** The object index as rows of the `object_*` tables. */
export function createObjectIndex(database: Database): ObjectIndex {
  return {
    createBucket: (bucket) => database.write((sql) => insertBucket(sql, bucket)),
    findBucket: (where) => database.read((sql) => findBucket(sql, where)),
    listBuckets: (account, page) => database.read((sql) => listBuckets(sql, account, page)),
    allBuckets: (page) => database.read((sql) => allBuckets(sql, page)),
    setVersioning: (where, versioning) => database.write((sql) => setVersioning(sql, where, versioning)),
    changeSettings: (where, change) => database.write((sql) => changeSettings(sql, where, change)),
    deleteBucket: (where) => database.writeToFree((sql) => deleteBucket(sql, where)),
    putObject: (where, object, condition) => database.write((sql) => putObject(sql, where, object, condition)),
    findObject: (where, key, versionId) => database.read((sql) => findObject(sql, where, key, versionId)),
    setObjectTags: (where, key, versionId, tags) =>
      database.write((sql) => setObjectTags(sql, where, { key, versionId, tags })),
    deleteObjects: (where, deletions, at) => database.writeToFree((sql) => deleteObjects(sql, where, deletions, at)),
    listObjects: (where, page) => database.read((sql) => listObjects(sql, where, page)),
    listVersions: (where, page) => database.read((sql) => listVersions(sql, where, page)),
    createUpload: (where, upload, grant) => database.write((sql) => insertUpload(sql, where, upload, grant)),
    findUpload: (where, key, uploadId) => database.read((sql) => findUpload(sql, where, key, uploadId)),
    listUploads: (where, page) => database.read((sql) => listUploads(sql, where, page)),
    putPart: (uploadId, part, grant) => database.write((sql) => putPart(sql, uploadId, part, grant)),
    listParts: (uploadId, page) => database.read((sql) => listParts(sql, uploadId, page)),
    completeUpload: (where, completion) => database.write((sql) => completeUpload(sql, where, completion)),
    abortUpload: (where, key, uploadId) => database.writeToFree((sql) => abortUpload(sql, where, key, uploadId)),
    filesInUse: (fileIds) => database.read((sql) => filesInUse(sql, fileIds)),
  };
}

/** Ids asked for in one statement; one fixed number keeps it one prepared statement. */
const idsAtOnce = 100;
const marks = Array.from({ length: idsAtOnce }, () => '?').join(', ');

async function filesInUse(sql: Statements, fileIds: string[]): Promise<string[]> {
  const used: string[] = [];
  for (let start = 0; start < fileIds.length; start += idsAtOnce) {
    const some = fileIds.slice(start, start + idsAtOnce);
    const padded = Array.from({ length: idsAtOnce }, (_, index) => some[index] ?? null);
    const rows = await sql.all<{ file_id: string }>(
      `select file_id from object_versions where file_id in (${marks})
       union select file_id from object_parts where file_id in (${marks})`,
      ...padded,
      ...padded,
    );
    used.push(...rows.map((row) => row.file_id));
  }
  return used;
}
