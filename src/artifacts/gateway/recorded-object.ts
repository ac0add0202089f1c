import { quoteEtag, readEtag } from '../protocol/etag.ts';
import {
  checkRecorded,
  type RecordedContent,
  recordedVersionMissing,
  requireRecorded,
} from '../protocol/recorded-content.ts';
import type { ExternalRequest, ExternalStore } from './external-store.ts';
import type { StoreAnswer } from './store-connection.ts';

/** The store's error codes for a missing version or object. */
const missingCodes = new Set(['NoSuchVersion', 'NoSuchKey']);

/**
 * Sends GET or HEAD of an object. If content was `recorded`, the reader gets only that: the recorded version or, in an
 * unversioned bucket, the object if it still has the recorded ETag.
 */
export async function readRecorded(
  store: ExternalStore,
  request: ExternalRequest,
  recorded: RecordedContent | undefined,
): Promise<StoreAnswer> {
  if (recorded === undefined) return store.send(request);
  const { key = '', query } = request;
  const { versionId: named, ...others } = query ?? {};
  const content = requireRecorded(key, recorded, named);
  const { versionId } = content;
  const answer = await store
    .send({ ...request, query: versionId === undefined ? others : { ...others, versionId } })
    .catch((error: unknown) => {
      throw error instanceof Error && missingCodes.has(error.name) ? recordedVersionMissing(key, content) : error;
    });
  // A 304 has no bytes, and in some stores no ETag.
  const etag = answer.headers.etag ?? (answer.status === 304 ? quoteEtag(content.etag) : '');
  try {
    checkRecorded(key, content, readEtag(etag));
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
  return answer;
}
