import { refusalError, requireBucket } from '../local/backing.ts';
import type { Operation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';

/** AbortMultipartUpload: removes the upload and its parts. */
export const abortMultipartUpload: Operation = async (call, backing) => {
  const { index, files } = backing;
  const uploadId = call.query.get('uploadId') ?? '';
  await requireBucket(backing, bucketOf(call));
  const outcome = await index.abortUpload(bucketOf(call), call.key, uploadId);
  if (outcome.refused) throw refusalError(outcome.refused, { ...call, uploadId });
  await files.remove(outcome.freedFileIds);
  return { status: 204 };
};
