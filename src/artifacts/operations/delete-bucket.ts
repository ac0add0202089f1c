import { refusalError } from '../local/backing.ts';
import type { Operation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';

/** DeleteBucket: only an empty one; unfinished uploads go with it. */
export const deleteBucket: Operation = async (call, { index, files }) => {
  const outcome = await index.deleteBucket(bucketOf(call));
  if (outcome.refused) throw refusalError(outcome.refused, call);
  await files.remove(outcome.freedFileIds);
  return { status: 204 };
};
