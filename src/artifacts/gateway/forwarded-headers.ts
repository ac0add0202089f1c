import type { IncomingHttpHeaders } from 'node:http';
import type { Call } from '../protocol/call.ts';
import { readEncryption } from '../protocol/object-encryption.ts';
import { checkWriteHeaders, readAttributes } from '../protocol/object-headers.ts';
import type { Gateway } from './gateway.ts';

// Both directions go by lists of what is known: a header a store has of its own must not do what nobody was asked about.

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

/** Parameters of a query that change what is told, and of what. */
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

/** Sub-resources that are forwarded, whose names stand alone. */
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

/** Prefixes of further headers of an answer that are told. */
const answerPrefixes = ['x-amz-meta-', 'x-amz-checksum-', 'x-amz-server-side-encryption'];

type Headers = Record<string, string | undefined>;

/** The query to the store: what the call asks for, in parameters the gateway knows. */
export function forwardedQuery({ query }: Call): Record<string, string> {
  const known = [...parameterNames, ...subresources].filter((name) => query.has(name));
  return Object.fromEntries(known.map((name) => [name, query.get(name) ?? '']));
}

/** The conditions, the range and the wishes of a read. */
export function readHeaders(call: Call): Headers {
  return chosen(call, readNames);
}

/** The conditions and the range of a copy. */
export function copyHeaders(call: Call): Headers {
  return chosen(call, copyNames);
}

/** What a write wants to be kept with its object; refuses what is not offered, as the embedded endpoint does. */
export function writeHeaders(call: Call, gateway: Gateway): Headers {
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

/** The encryption a write asks for, if the store is to be told of it. */
function encryptionRequest(call: Call, { passesEncryption }: Gateway): Headers {
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

function chosen(call: Call, names: string[]): Headers {
  return Object.fromEntries(names.map((name) => [name, call.header(name)]));
}

/** What of the store's headers the client is told. */
export function answerHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' &&
        (answerNames.has(entry[0]) || answerPrefixes.some((prefix) => entry[0].startsWith(prefix))),
    ),
  );
}
