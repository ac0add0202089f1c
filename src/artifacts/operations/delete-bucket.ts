import { refusalError } from '../local/backing.ts';
import type { Operation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';

/** DeleteBucket: deletes an empty bucket and its unfinished uploads. */
export const deleteBucket: Operation = async (call, { index, files }) => {
  const outcome = await index.deleteBucket(bucketOf(call));
  if (outcome.refused) throw refusalError(outcome.refused, call);
  await files.remove(outcome.freedFileIds);
  return { status: 204 };
};
