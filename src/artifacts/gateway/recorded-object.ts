import { quoteEtag, readEtag } from '../protocol/etag.ts';
import {
  checkRecorded,
  type RecordedContent,
  recordedVersionMissing,
  requireRecorded,
} from '../protocol/recorded-content.ts';
import type { ExternalRequest, ExternalStore } from './external-store.ts';
import type { StoreAnswer } from './store-connection.ts';

/** What the store says of a version, or an object, that it does not have. */
const gone = new Set(['NoSuchVersion', 'NoSuchKey']);

/**
 * Sends GET or HEAD of an object, whose reader gets what was `recorded` of it, if anything was: that version, where the
 * bucket keeps versions, else the newest one if its ETag is the recorded one. Other bytes are never passed on.
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
      throw error instanceof Error && gone.has(error.name) ? recordedVersionMissing(key, content) : error;
    });
  // 304 carries no bytes, and not everywhere an ETag.
  const etag = answer.headers.etag ?? (answer.status === 304 ? quoteEtag(content.etag) : '');
  try {
    checkRecorded(key, content, readEtag(etag));
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
  return answer;
}
