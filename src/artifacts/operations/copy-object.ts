import type { Readable } from 'node:stream';
import type { ObjectAttributes, ObjectVersion, Tag } from '../../store/objects/object-index.ts';
import { type Backing, requireBucket } from '../local/backing.ts';
import { withEncryption } from '../local/default-encryption.ts';
import { type FoundObject, openObject } from '../local/read-object.ts';
import { writeObject } from '../local/write-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { readCopySource } from '../protocol/address.ts';
import { authorize, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { type ChecksumAlgorithm, checksumElements, readAlgorithm } from '../protocol/checksum.ts';
import { checkWriteCondition, isNotModified, readWriteCondition } from '../protocol/conditions.ts';
import { quoteEtag } from '../protocol/etag.ts';
import { readEncryption, writtenEncryptionHeaders } from '../protocol/object-encryption.ts';
import { checkWriteHeaders, readAttributes } from '../protocol/object-headers.ts';
import { maxPayloadBytes, openLocalPayload } from '../protocol/payload.ts';
import { ClientGoneError, refusals, S3Error } from '../protocol/s3-error.ts';
import { readTagHeader } from '../protocol/tags.ts';
import { buildXml } from '../protocol/xml.ts';

/** CopyObject within the account. The request decides the encryption; metadata is the source's unless replaced. */
export const copyObject: ObjectOperation = async (call, backing) => {
  checkWriteHeaders(call);
  const condition = readWriteCondition(call);
  const requested = readAlgorithm(call, 'x-amz-checksum-algorithm');
  const { file, source, ...found } = await openCopySource(call, backing);
  try {
    const bucket = await requireBucket(backing, bucketOf(call));
    checkWriteCondition(condition, call.key, await backing.index.findObject(bucketOf(call), call.key));
    const attributes = withEncryption(attributesOf(call, found, source), bucket);
    if (found.object.size > maxPayloadBytes) {
      throw new S3Error(
        'InvalidRequest',
        'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
      );
    }
    const kept = found.object.attributes.checksum?.algorithm as ChecksumAlgorithm | undefined;
    const algorithm = requested ?? kept;
    const payload = openLocalPayload(untilClientGone(call, await file.stream()), algorithm && [algorithm]);
    const stored = await writeObject(backing, { ...bucketOf(call), key: call.key }, { payload, attributes, condition });
    const xml = buildXml('CopyObjectResult', {
      ETag: quoteEtag(stored.etag),
      LastModified: new Date(stored.modifiedAt).toISOString(),
      ...checksumElements(stored.checksum),
    });
    const headers = {
      'x-amz-version-id': stored.versionId,
      'x-amz-copy-source-version-id': found.versionId,
      ...writtenEncryptionHeaders(attributes),
    };
    return { status: 200, headers, xml };
  } finally {
    await file.close();
  }
};

/** Opens the object named by `x-amz-copy-source`, if the caller may read it and its conditions hold. */
export async function openCopySource(call: ObjectCall, backing: Backing) {
  const source = readCopySource(call.header('x-amz-copy-source') ?? '');
  authorize(call, source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', source);
  const { account } = call.request;
  const recorded = call.access.contentOf?.(source.bucket, source.key);
  const opened = await openObject(backing, { ...source, account, recorded });
  try {
    if (isNotModified(call, opened.object, 'x-amz-copy-source-')) {
      throw refusals.preconditionFailed('x-amz-copy-source-If-None-Match or -If-Modified-Since');
    }
  } catch (error) {
    await opened.file.close();
    throw error;
  }
  return { ...opened, source };
}

/** Returns the bytes of a copy, which ends if the client disconnects. */
export function untilClientGone({ whenOver }: ObjectCall, bytes: Readable): Readable {
  // It may be destroyed before it is read.
  bytes.on('error', () => undefined);
  whenOver(() => bytes.destroy(new ClientGoneError(undefined)));
  return bytes;
}

type Source = ReturnType<typeof readCopySource>;

function attributesOf(call: ObjectCall, { object }: FoundObject, source: Source): ObjectAttributes {
  const tags = readDirective(call, 'tagging') === 'REPLACE' ? readTagHeader(call) : copiedTags(call, object, source);
  if (readDirective(call, 'metadata') === 'REPLACE') return { ...readAttributes(call), tags };
  const encryption = readEncryption(call);
  const isOntoItself = source.bucket === call.bucket && source.key === call.key && source.versionId === undefined;
  if (isOntoItself && encryption.serverSideEncryption === undefined) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  // Everything except what describes the source's bytes and upload.
  const { uploadId: _upload, partSizes: _sizes, partChecksums: _parts, checksum: _sum, ...kept } = object.attributes;
  return { ...kept, tags, ...encryption };
}

function readDirective(call: ObjectCall, what: 'metadata' | 'tagging'): string {
  const name = `x-amz-${what}-directive`;
  const directive = call.header(name) ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  throw refusals.invalidArgument(name, directive, `Unknown ${what} directive.`);
}

/** Returns the source's tags; copying them needs the permissions to read and to write tags. */
function copiedTags(call: ObjectCall, { attributes }: ObjectVersion, source: Source): Tag[] | undefined {
  if (!attributes.tags?.length) return undefined;
  authorize(call, source.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging', source);
  authorize(call, 's3:PutObjectTagging', call);
  return attributes.tags;
}
