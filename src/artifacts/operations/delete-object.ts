import { refusalError } from '../backing.ts';
import { bucketOf } from '../call.ts';
import { readEtag } from '../etag.ts';
import type { Operation } from '../operation.ts';
import { newVersionId } from '../write-object.ts';

/** DeleteObject: removes the version named, lays a delete marker in a versioned bucket, else removes the object. */
export const deleteObject: Operation = async (call, { index, files, now }) => {
  const ifMatch = call.header('if-match');
  const deletion = {
    key: call.key,
    versionId: call.query.get('versionId'),
    ifEtag: ifMatch === undefined ? undefined : readEtag(ifMatch),
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
