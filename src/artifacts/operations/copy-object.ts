import { readCopySource } from '../address.ts';
import { type Backing, requireBucket } from '../backing.ts';
import { authorize, bucketOf, type Call } from '../call.ts';
import { type ChecksumAlgorithm, checksumElements, readAlgorithm } from '../checksum.ts';
import { checkWriteCondition, isNotModified, readWriteCondition } from '../conditions.ts';
import { quoteEtag } from '../etag.ts';
import { checkWriteHeaders, encryptionHeaders, readAttributes, readEncryption } from '../object-headers.ts';
import type { Operation } from '../operation.ts';
import { maxPayloadBytes, openLocalPayload } from '../payload.ts';
import { type FoundObject, openObject, streamOf } from '../read-object.ts';
import { refusals, S3Error } from '../s3-error.ts';
import { writeObject } from '../write-object.ts';
import { buildXml } from '../xml.ts';

/** CopyObject within the account. Encryption is what this request says; metadata is the source's unless replaced. */
export const copyObject: Operation = async (call, backing) => {
  checkWriteHeaders(call);
  const condition = readWriteCondition(call);
  const askedAlgorithm = readAlgorithm(call, 'x-amz-checksum-algorithm');
  const { handle, source, ...found } = await openCopySource(call, backing);
  try {
    await requireBucket(backing, bucketOf(call));
    checkWriteCondition(condition, call.key, await backing.index.findObject(bucketOf(call), call.key));
    const attributes = attributesOf(call, found, source);
    if (found.object.size > maxPayloadBytes) {
      throw new S3Error(
        'InvalidRequest',
        'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
      );
    }
    const kept = found.object.attributes.checksum?.algorithm as ChecksumAlgorithm | undefined;
    const algorithm = askedAlgorithm ?? kept;
    const payload = openLocalPayload(streamOf(handle), algorithm && [algorithm]);
    const stored = await writeObject(backing, { ...bucketOf(call), key: call.key }, { payload, attributes, condition });
    const xml = buildXml('CopyObjectResult', {
      ETag: quoteEtag(stored.etag),
      LastModified: new Date(stored.modifiedAt).toISOString(),
      ...checksumElements(stored.checksum),
    });
    const headers = {
      'x-amz-version-id': stored.versionId,
      'x-amz-copy-source-version-id': found.versionId,
      ...encryptionHeaders(attributes),
    };
    return { status: 200, headers, xml };
  } finally {
    await handle.close();
  }
};

/** Opens what `x-amz-copy-source` names, if the caller may read it and its conditions hold. */
export async function openCopySource(call: Call, backing: Backing) {
  const source = readCopySource(call.header('x-amz-copy-source') ?? '');
  authorize(call, source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', source);
  const opened = await openObject(backing, { ...source, account: call.request.account });
  try {
    if (isNotModified(call, opened.object, 'x-amz-copy-source-')) {
      throw refusals.preconditionFailed('x-amz-copy-source-If-None-Match or -If-Modified-Since');
    }
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
  return { ...opened, source };
}

function attributesOf(call: Call, { object }: FoundObject, source: ReturnType<typeof readCopySource>) {
  const directive = call.header('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'REPLACE') return readAttributes(call);
  if (directive !== 'COPY') {
    throw refusals.invalidArgument('x-amz-metadata-directive', directive, 'Unknown metadata directive.');
  }
  const encryption = readEncryption(call);
  const isOntoItself = source.bucket === call.bucket && source.key === call.key && source.versionId === undefined;
  if (isOntoItself && encryption.serverSideEncryption === undefined) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { uploadId: _upload, partSizes: _sizes, checksum: _checksum, ...kept } = object.attributes;
  return { ...kept, serverSideEncryption: undefined, kmsKeyId: undefined, ...encryption };
}
