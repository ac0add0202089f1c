import { type FoundObject, findObject, type ObjectName, openObject } from '../local/read-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { type ByteRange, contentRange, readPartRange, readRange } from '../protocol/byte-range.ts';
import { type Answer, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { isNotModified } from '../protocol/conditions.ts';
import { refuseEncryption } from '../protocol/object-encryption.ts';
import { objectHeaders, overriddenHeaders, wantedChecksumHeaders } from '../protocol/object-headers.ts';
import { S3Error } from '../protocol/s3-error.ts';

/** GetObject. The file is opened before the response starts, so overwriting the object doesn't affect it. */
export const getObject: ObjectOperation = async (call, backing) => {
  refuseEncryption(call);
  const { file, ...found } = await openObject(backing, nameOf(call));
  try {
    const { range, ...answer } = describe(call, found);
    if (answer.status === 304 || found.object.size === 0) {
      await file.close();
      return answer;
    }
    return { ...answer, stream: await file.batches(range) };
  } catch (error) {
    await file.close();
    throw error;
  }
};

/** HeadObject: returns the same as GetObject, without the bytes. */
export const headObject: ObjectOperation = async (call, backing) => {
  refuseEncryption(call);
  const { range: _range, ...answer } = describe(call, await findObject(backing, nameOf(call)));
  return answer;
};

function nameOf(call: ObjectCall): ObjectName {
  const recorded = call.access.contentOf?.(call.bucket, call.key);
  return { ...bucketOf(call), key: call.key, versionId: call.query.get('versionId'), recorded };
}

function describe(call: ObjectCall, { object, versionId }: FoundObject): Answer & { range?: ByteRange } {
  const headers: Answer['headers'] = {
    ...objectHeaders(object),
    'x-amz-version-id': versionId,
    ...overriddenHeaders(call),
  };
  if (isNotModified(call, object)) {
    return { status: 304, headers: { ...headers, 'Content-Type': undefined } };
  }
  const range = rangeOf(call, object);
  if (!range) {
    return {
      status: 200,
      headers: { ...headers, ...wantedChecksumHeaders(call, object), 'Content-Length': String(object.size) },
    };
  }
  const { partSizes } = object.attributes;
  const isPart = call.query.has('partNumber') && partSizes;
  return {
    status: 206,
    range,
    headers: {
      ...headers,
      'Content-Length': String(range.last - range.first + 1),
      'Content-Range': contentRange(range, object.size),
      'x-amz-mp-parts-count': isPart ? String(partSizes.length) : undefined,
    },
  };
}

function rangeOf(call: ObjectCall, { size, attributes }: FoundObject['object']): ByteRange | undefined {
  const header = call.header('range');
  const partNumber = call.query.get('partNumber');
  if (partNumber === undefined) return readRange(header, size);
  if (header !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  // The only part of an empty object is no valid range.
  return size === 0 ? undefined : readPartRange(partNumber, size, attributes.partSizes);
}
