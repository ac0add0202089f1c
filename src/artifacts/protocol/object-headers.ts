import type { ObjectAttributes, ObjectVersion } from '../../store/objects/object-index.ts';
import { checkHeaderText, type ObjectCall } from './call.ts';
import { checksumHeaders } from './checksum.ts';
import { quoteEtag } from './etag.ts';
import { encryptionHeaders, readEncryption } from './object-encryption.ts';
import { S3Error } from './s3-error.ts';
import { readTagHeader } from './tags.ts';

const metaPrefix = 'x-amz-meta-';

/** S3's limit for names and values together. */
const maxMetadataBytes = 2048;

/** Headers of features this endpoint lacks: rejected, because ignoring them would be misleading. */
const unsupportedHeaders = [
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
];

const grantHeaders = ['full-control', 'read', 'read-acp', 'write', 'write-acp'].map((name) => `x-amz-grant-${name}`);

/** Rejects headers of a write that ask for unsupported features. */
export function checkWriteHeaders(call: ObjectCall): void {
  const unsupported = unsupportedHeaders.find((name) => call.header(name) !== undefined);
  if (unsupported) throw new S3Error('NotImplemented', `The header ${unsupported} is not implemented.`);
  const acl = call.header('x-amz-acl') ?? 'private';
  // Accepted by buckets with AWS's default ownership; old clients send `private` explicitly.
  const isDefaultAcl = acl === 'private' || acl === 'bucket-owner-full-control';
  if (!isDefaultAcl || grantHeaders.some((name) => call.header(name) !== undefined)) {
    throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  const storageClass = call.header('x-amz-storage-class') ?? 'STANDARD';
  if (storageClass !== 'STANDARD') {
    throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid', {
      elements: { StorageClassRequested: storageClass },
    });
  }
}

/** Reads the attributes to be stored with an object. */
export function readAttributes(call: ObjectCall): ObjectAttributes {
  return {
    contentType: call.header('content-type'),
    cacheControl: call.header('cache-control'),
    contentDisposition: call.header('content-disposition'),
    contentEncoding: storedEncoding(call.header('content-encoding')),
    contentLanguage: call.header('content-language'),
    expires: call.header('expires'),
    metadata: readMetadata(call),
    tags: readTagHeader(call),
    ...readEncryption(call),
  };
}

/** Removes `aws-chunked`, which encodes only the transfer. */
function storedEncoding(header: string | undefined): string | undefined {
  const kept = header
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked');
  return kept?.length ? kept.join(', ') : undefined;
}

function readMetadata(call: ObjectCall): Record<string, string> {
  const names = [...Object.keys(call.request.headers), ...call.query.keys()].filter((name) =>
    name.startsWith(metaPrefix),
  );
  const entries = [...new Set(names)].flatMap((name) => {
    const value = call.header(name) ?? (call.request.headers[name] === '' ? '' : undefined);
    checkHeaderText(name, value ?? '');
    return value === undefined ? [] : [[name.slice(metaPrefix.length), value] as const];
  });
  checkMetadataSize(entries);
  return Object.fromEntries(entries);
}

/** Rejects more user metadata than S3 stores. */
export function checkMetadataSize(entries: (readonly [string, string])[]): void {
  const size = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (size <= maxMetadataBytes) return;
  throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
    elements: { Size: size, MaxSizeAllowed: maxMetadataBytes },
  });
}

/** Returns the headers of GetObject and HeadObject, except Content-Length and the checksum. */
export function objectHeaders(object: ObjectVersion): Record<string, string | undefined> {
  const { attributes } = object;
  return {
    ETag: quoteEtag(object.etag),
    'Last-Modified': new Date(object.modifiedAt).toUTCString(),
    'Accept-Ranges': 'bytes',
    'Content-Type': attributes.contentType ?? 'binary/octet-stream',
    'Cache-Control': attributes.cacheControl,
    'Content-Disposition': attributes.contentDisposition,
    'Content-Encoding': attributes.contentEncoding,
    'Content-Language': attributes.contentLanguage,
    Expires: attributes.expires,
    ...encryptionHeaders(attributes),
    'x-amz-tagging-count': attributes.tags?.length ? String(attributes.tags.length) : undefined,
    ...Object.fromEntries(Object.entries(attributes.metadata).map(([name, value]) => [`${metaPrefix}${name}`, value])),
  };
}

/** Returns the checksum headers of a whole object, if the client asks for them; parts of objects have none. */
export function wantedChecksumHeaders(call: ObjectCall, object: ObjectVersion): Record<string, string> {
  const isWanted = call.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return isWanted ? checksumHeaders(object.attributes.checksum) : {};
}

const overrides = {
  'response-content-type': 'Content-Type',
  'response-content-language': 'Content-Language',
  'response-expires': 'Expires',
  'response-cache-control': 'Cache-Control',
  'response-content-disposition': 'Content-Disposition',
  'response-content-encoding': 'Content-Encoding',
};

/** Returns the headers with which a reader overrides the stored ones. */
export function overriddenHeaders(call: ObjectCall): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [parameter, header] of Object.entries(overrides)) {
    const value = call.query.get(parameter);
    if (value === undefined) continue;
    checkHeaderText(parameter, value);
    found[header] = value;
  }
  return found;
}
