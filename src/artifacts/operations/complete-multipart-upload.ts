import { createHash } from 'node:crypto';
import type {
  NewObject,
  ObjectVersion,
  StoredChecksum,
  StoredFile,
  Upload,
  UploadedPart,
} from '../../store/objects/object-index.ts';
import { type Backing, refusalError, requireBucket } from '../local/backing.ts';
import { protectionOf } from '../local/default-encryption.ts';
import { chooseParts, type ListedPart, readPartList } from '../local/upload-parts.ts';
import { newVersionId } from '../local/write-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import {
  type ChecksumAlgorithm,
  checksumElements,
  checksumText,
  compositeChecksum,
  createRunningChecksum,
  readChecksum,
  wrongChecksum,
} from '../protocol/checksum.ts';
import { checkWriteCondition, readWriteCondition } from '../protocol/conditions.ts';
import { quoteEtag } from '../protocol/etag.ts';
import { encryptionHeaders } from '../protocol/object-encryption.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml } from '../protocol/xml.ts';

/**
 * CompleteMultipartUpload: joins the parts into one file, which becomes the object. A repetition, after the first
 * response was lost, gets the same response.
 */
export const completeMultipartUpload: ObjectOperation = async (call, backing) => {
  const { index } = backing;
  const uploadId = call.query.get('uploadId') ?? '';
  const condition = readWriteCondition(call);
  await requireBucket(backing, bucketOf(call));
  const listed = await readPartList(call);
  const upload = await index.findUpload(bucketOf(call), call.key, uploadId);
  if (!upload) return answerAgain(call, backing, uploadId, listed);
  const parts = chooseParts(call, upload, listed, await readParts(backing, uploadId));
  checkWriteCondition(condition, call.key, await index.findObject(bucketOf(call), call.key));

  const { files } = backing;
  const whole = assemble(backing, upload, parts);
  const written = await files.store(whole.chunks(), protectionOf(upload.attributes), async (file) => {
    const checksum = await whole.checksum();
    checkDeclaredChecksum(call, checksum);
    const object = objectOf({ upload, parts, file, checksum, modifiedAt: backing.now() });
    const outcome = await index.completeUpload(bucketOf(call), { uploadId, parts, object, condition });
    if (outcome.refused) throw refusalError(outcome.refused, { ...call, uploadId });
    return { ...outcome, object };
  });
  await files.remove(written.freedFileIds);
  return answer(call, written.object, written.versionId);
};

/** Repeats the response if the object already exists, completed from this upload and these parts. */
async function answerAgain(call: ObjectCall, backing: Backing, uploadId: string, listed: ListedPart[]) {
  const { versioning } = await requireBucket(backing, bucketOf(call));
  const object: ObjectVersion | undefined = await backing.index.findObject(bucketOf(call), call.key);
  const isSame = object?.attributes.uploadId === uploadId && object.etag === combinedEtag(listed);
  if (!isSame) throw refusals.noSuchUpload(uploadId);
  return answer(call, object, versioning && object.versionId);
}

function answer(call: ObjectCall, object: Pick<NewObject, 'etag' | 'attributes'>, versionId: string | undefined) {
  const { host, path } = call.request;
  const xml = buildXml('CompleteMultipartUploadResult', {
    Location: `http://${host}${path}`,
    Bucket: call.bucket,
    Key: call.key,
    ETag: quoteEtag(object.etag),
    ...checksumElements(object.attributes.checksum),
  });
  return { status: 200, headers: { 'x-amz-version-id': versionId, ...encryptionHeaders(object.attributes) }, xml };
}

async function readParts({ index }: Backing, uploadId: string): Promise<UploadedPart[]> {
  const pageSize = 1000;
  const parts: UploadedPart[] = [];
  for (;;) {
    const page = await index.listParts(uploadId, { afterPartNumber: parts.at(-1)?.partNumber ?? 0, limit: pageSize });
    parts.push(...page);
    if (page.length < pageSize) return parts;
  }
}

/** Returns the bytes of the parts in sequence, and their checksum once all have been read. */
function assemble({ files }: Backing, upload: Upload, parts: UploadedPart[]) {
  const algorithm = upload.checksumAlgorithm as ChecksumAlgorithm | undefined;
  const running = algorithm && upload.checksumType === 'FULL_OBJECT' ? createRunningChecksum(algorithm) : undefined;
  return {
    async *chunks(): AsyncGenerator<Buffer> {
      for (const part of parts) {
        const file = await files.open(part);
        // The part was replaced, or the upload completed by another request, since its row was read.
        if (!file) throw refusals.invalidPart();
        try {
          for await (const chunk of (await file.stream()) as AsyncIterable<Buffer>) {
            running?.update(chunk);
            yield chunk;
          }
        } finally {
          await file.close();
        }
      }
    },
    async checksum(): Promise<StoredChecksum | undefined> {
      if (!algorithm) return undefined;
      if (running) return { algorithm, value: await checksumText(running), type: 'FULL_OBJECT' };
      return compositeChecksum(
        algorithm,
        parts.map(({ checksum }) => checksum ?? ''),
      );
    },
  };
}

/** Compares the checksum headers, which describe the object, with the computed checksum. */
function checkDeclaredChecksum(call: ObjectCall, stored: StoredChecksum | undefined): void {
  const declared = readChecksum(call);
  if (declared && declared.algorithm === stored?.algorithm && declared.value !== stored.value) {
    throw wrongChecksum(declared.algorithm);
  }
}

function objectOf({
  upload,
  parts,
  ...rest
}: {
  upload: Upload;
  parts: UploadedPart[];
  file: StoredFile;
  checksum: StoredChecksum | undefined;
  modifiedAt: number;
}): NewObject {
  return {
    key: upload.key,
    ...rest.file,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: combinedEtag(parts),
    attributes: {
      ...upload.attributes,
      checksum: rest.checksum,
      uploadId: upload.uploadId,
      partSizes: parts.map((part) => part.size),
      partChecksums: upload.checksumAlgorithm === undefined ? undefined : parts.map((part) => part.checksum ?? ''),
    },
    modifiedAt: rest.modifiedAt,
    newVersionId: newVersionId(),
  };
}

/** Returns the MD5 of the parts' MD5s and the number of parts, like S3. */
function combinedEtag(parts: { etag: string }[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
