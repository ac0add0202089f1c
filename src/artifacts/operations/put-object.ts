import { requireBucket } from '../local/backing.ts';
import { withEncryption } from '../local/default-encryption.ts';
import { writeObject } from '../local/write-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { checksumHeaders } from '../protocol/checksum.ts';
import { checkWriteCondition, readWriteCondition } from '../protocol/conditions.ts';
import { quoteEtag } from '../protocol/etag.ts';
import { writtenEncryptionHeaders } from '../protocol/object-encryption.ts';
import { checkWriteHeaders, readAttributes } from '../protocol/object-headers.ts';
import { openPayload } from '../protocol/payload.ts';

/** PutObject. Checks everything it can before it reads the body. */
export const putObject: ObjectOperation = async (call, backing) => {
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
