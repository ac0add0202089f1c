import type { BucketAddress, ObjectIndex, ObjectVersion, Upload } from '../../store/objects/object-index.ts';
import type { Backing } from './backing.ts';
import type { ObjectName } from './read-object.ts';
import { newVersionId } from './write-object.ts';

/** The versions of a key written in a period; both ends (ms) are included. */
export interface WrittenVersions extends Omit<ObjectName, 'versionId'> {
  writtenFrom: number;
  writtenUntil: number;
}

/** Rows per read, and versions per commit. */
const pageSize = 1000;

/**
 * Permanently removes these versions and their bytes, the uploads begun in the same period, and, if no other version is
 * left, the delete markers of the key. Other versions stay. It is no error if there is nothing to remove.
 */
export async function removeVersions(backing: Backing, name: WrittenVersions): Promise<void> {
  const { index, files, now } = backing;
  const isOurs = (at: number) => at >= name.writtenFrom && at <= name.writtenUntil;
  const removable = removableVersions(await versionsOf(index, name, name.key), isOurs);
  for (let start = 0; start < removable.length; start += pageSize) {
    const deletions = removable
      .slice(start, start + pageSize)
      .map(({ key, versionId }) => ({ key, versionId, newVersionId: newVersionId() }));
    const outcome = await index.deleteObjects(name, deletions, now());
    if (outcome.refused) return;
    await files.remove(outcome.outcomes.flatMap((each) => (each.refused ? [] : each.freedFileIds)));
  }
  for (const upload of await uploadsOf(index, name, name.key)) {
    if (!isOurs(upload.createdAt)) continue;
    const aborted = await index.abortUpload(name, name.key, upload.uploadId);
    if (!aborted.refused) await files.remove(aborted.freedFileIds);
  }
}

/** Returns the versions that are ours; also the delete markers, if all versions of the key are ours. */
export function removableVersions<Version extends Pick<ObjectVersion, 'isDeleteMarker' | 'modifiedAt'>>(
  versions: Version[],
  isOurs: (at: number) => boolean,
): Version[] {
  const isForeign = (version: Version) => !version.isDeleteMarker && !isOurs(version.modifiedAt);
  return versions.some(isForeign) ? versions.filter((one) => !one.isDeleteMarker && !isForeign(one)) : versions;
}

/** Returns the versions of a key, newest first. Among all keys with this prefix the key itself sorts first. */
async function versionsOf(index: ObjectIndex, where: BucketAddress, key: string): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? { afterKey: '' } : { afterKey: key, afterVersionId: last.versionId };
    const page = await index.listVersions(where, { prefix: key, ...after, limit: pageSize });
    const own = page.filter((version) => version.key === key);
    found.push(...own);
    if (own.length < pageSize) return found;
  }
}

async function uploadsOf(index: ObjectIndex, where: BucketAddress, key: string): Promise<Upload[]> {
  const found: Upload[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? { afterKey: '' } : { afterKey: key, afterUploadId: last.uploadId };
    const page = await index.listUploads(where, { prefix: key, ...after, limit: pageSize });
    const own = page.filter((upload) => upload.key === key);
    found.push(...own);
    if (own.length < pageSize) return found;
  }
}
