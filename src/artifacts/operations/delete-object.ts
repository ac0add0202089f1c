import { refusalError } from '../local/backing.ts';
import { newVersionId } from '../local/write-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readDeletionCondition } from '../protocol/conditions.ts';

/** DeleteObject: deletes the given version; without one adds a delete marker or, if unversioned, deletes the object. */
export const deleteObject: ObjectOperation = async (call, { index, files, now }) => {
  const deletion = {
    key: call.key,
    versionId: call.query.get('versionId'),
    ...readDeletionCondition({
      etag: call.header('if-match'),
      size: call.header('x-amz-if-match-size'),
      modified: call.header('x-amz-if-match-last-modified-time'),
    }),
    newVersionId: newVersionId(),
  };
  const outcome = await index.deleteObjects(bucketOf(call), [deletion], now());
  if (outcome.refused) throw refusalError(outcome.refused, call);
  const [deleted] = outcome.outcomes;
  if (!deleted || deleted.refused) throw refusalError(deleted?.refused ?? 'noSuchKey', call);
  await files.remove(deleted.freedFileIds);
  return {
    status: 204,
    headers: {
      'x-amz-version-id': deleted.versionId,
      'x-amz-delete-marker': deleted.isDeleteMarker ? 'true' : undefined,
    },
  };
};
