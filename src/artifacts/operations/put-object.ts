import { requireBucket } from '../backing.ts';
import { bucketOf } from '../call.ts';
import { checksumHeaders } from '../checksum.ts';
import { checkWriteCondition, readWriteCondition } from '../conditions.ts';
import { withEncryption } from '../default-encryption.ts';
import { quoteEtag } from '../etag.ts';
import { writtenEncryptionHeaders } from '../object-encryption.ts';
import { checkWriteHeaders, readAttributes } from '../object-headers.ts';
import type { Operation } from '../operation.ts';
import { openPayload } from '../payload.ts';
import { writeObject } from '../write-object.ts';

/** PutObject. Everything that can be refused is refused before the body is asked for. */
export const putObject: Operation = async (call, backing) => {
  checkWriteHeaders(call);
  const wanted = readAttributes(call);
  const condition = readWriteCondition(call);
  const payload = openPayload(call);
  const attributes = withEncryption(wanted, await requireBucket(backing, bucketOf(call)));
  checkWriteCondition(condition, call.key, await backing.index.findObject(bucketOf(call), call.key));
  const stored = await writeObject(backing, { ...bucketOf(call), key: call.key }, { payload, attributes, condition });
  return {
    status: 200,
    headers: {
      ETag: quoteEtag(stored.etag),
      'x-amz-version-id': stored.versionId,
      ...checksumHeaders(stored.checksum),
      ...writtenEncryptionHeaders(attributes),
      'Content-Length': '0',
    },
  };
};
