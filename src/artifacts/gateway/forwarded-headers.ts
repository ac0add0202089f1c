import type { IncomingHttpHeaders } from 'node:http';
import type { ObjectCall } from '../protocol/call.ts';
import { readEncryption } from '../protocol/object-encryption.ts';
import { checkWriteHeaders, readAttributes } from '../protocol/object-headers.ts';
import type { Gateway } from './external-store.ts';

// Both directions use allow lists, because an unknown header could make the store do something nobody authorized.

const readNames = [
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'x-amz-checksum-mode',
  'x-amz-object-attributes',
  'x-amz-max-parts',
  'x-amz-part-number-marker',
];

const copyNames = [
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-unmodified-since',
  'x-amz-copy-source-range',
];

/** Query parameters that are forwarded. */
const parameterNames = [
  'list-type',
  'prefix',
  'delimiter',
  'marker',
  'encoding-type',
  'start-after',
  'continuation-token',
  'key-marker',
  'version-id-marker',
  'upload-id-marker',
  'part-number-marker',
  'max-keys',
  'max-uploads',
  'max-parts',
  'fetch-owner',
  'versionId',
  'partNumber',
  'uploadId',
  'response-content-type',
  'response-content-language',
  'response-expires',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
];

/** Sub-resources that are forwarded, which have no value. */
const subresources = ['acl', 'attributes', 'location', 'tagging', 'uploads', 'versioning', 'versions'];

const answerNames = new Set([
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'x-amz-abort-date',
  'x-amz-abort-rule-id',
  'x-amz-bucket-region',
  'x-amz-copy-source-version-id',
  'x-amz-delete-marker',
  'x-amz-expiration',
  'x-amz-missing-meta',
  'x-amz-mp-parts-count',
  'x-amz-storage-class',
  'x-amz-tagging-count',
  'x-amz-version-id',
]);

/** Prefixes of further response headers that are passed on. */
const answerPrefixes = ['x-amz-meta-', 'x-amz-checksum-', 'x-amz-server-side-encryption'];

type Headers = Record<string, string | undefined>;

/** Returns the query to the store: the call's parameters that the gateway knows. */
export function forwardedQuery({ query }: ObjectCall): Record<string, string> {
  const known = [...parameterNames, ...subresources].filter((name) => query.has(name));
  return Object.fromEntries(known.map((name) => [name, query.get(name) ?? '']));
}

/** Returns the headers of a read: conditions, range and options. */
export function readHeaders(call: ObjectCall): Headers {
  return chosen(call, readNames);
}

/** Returns the headers of a copy: conditions and range. */
export function copyHeaders(call: ObjectCall): Headers {
  return chosen(call, copyNames);
}

/** Returns the headers of a write; rejects unsupported features as the embedded endpoint does. */
export function writeHeaders(call: ObjectCall, gateway: Gateway): Headers {
  checkWriteHeaders(call);
  const { metadata, ...attributes } = readAttributes(call);
  return {
    ...chosen(call, ['if-match', 'if-none-match', 'x-amz-tagging']),
    'content-type': attributes.contentType,
    'cache-control': attributes.cacheControl,
    'content-disposition': attributes.contentDisposition,
    'content-encoding': attributes.contentEncoding,
    'content-language': attributes.contentLanguage,
    expires: attributes.expires,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    ...encryptionRequest(call, gateway),
  };
}

/** Returns the encryption headers of a write, if they are to be forwarded. */
function encryptionRequest(call: ObjectCall, { passesEncryption }: Gateway): Headers {
  const { serverSideEncryption, kmsKeyId, isBucketKeyEnabled, encryptionContext } = readEncryption(call);
  if (!passesEncryption) return {};
  return {
    'x-amz-server-side-encryption-bucket-key-enabled':
      isBucketKeyEnabled === undefined ? undefined : String(isBucketKeyEnabled),
    'x-amz-server-side-encryption-context': encryptionContext,
    'x-amz-server-side-encryption': serverSideEncryption,
    'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId,
  };
}

function chosen(call: ObjectCall, names: string[]): Headers {
  return Object.fromEntries(names.map((name) => [name, call.header(name)]));
}

/** Returns the store's headers that are passed on to the client. */
export function answerHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' &&
        (answerNames.has(entry[0]) || answerPrefixes.some((prefix) => entry[0].startsWith(prefix))),
    ),
  );
}
