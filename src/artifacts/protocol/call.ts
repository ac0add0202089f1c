import type { Readable } from 'node:stream';
import type { Access, Right } from './access.ts';
import { type ObjectAddress, readAddress, readControlAddress } from './address.ts';
import type { Batches } from './chunks.ts';
import type { ObjectRequest } from './object-request.ts';
import { refusals, S3Error } from './s3-error.ts';

/** What a request asks for. */
export interface RequestedCall extends ObjectAddress {
  request: ObjectRequest;
  /** Whether it is a call of S3 Control for the tags of a bucket. */
  isControl: boolean;
  /** Decoded, first value of each name. */
  query: Map<string, string>;
  /** The policies of the buckets it touches, by bucket; filled in before rights are checked. */
  policies: Map<string, string>;
  /** Returns a header by its lower-case name; undefined if absent or empty. */
  header(name: string): string | undefined;
}

/** What a call needs from its HTTP exchange. */
export interface CallContext {
  access: Access;
  /** Returns the body and, if necessary, sends `100 Continue`; called once everything else is valid. */
  openBody(): Readable;
  /** Calls `listener` when the response was sent or the client has disconnected. */
  whenOver(listener: () => void): void;
}

/** A call whose right was checked. */
export interface ObjectCall extends RequestedCall, CallContext {}

/** The response of an operation: XML, JSON, a stream (its length is in the headers), or no content. */
export interface Answer {
  status: number;
  headers?: Record<string, string | undefined>;
  xml?: string;
  json?: string;
  stream?: Readable | Batches;
}

/** Reads address, query and headers. A presigned URL may carry `x-amz-` headers in its query. */
export function readCall(request: ObjectRequest, serverNames?: string[]): RequestedCall {
  const query = readQuery(request.query);
  const { isPresigned = false } = request;
  const control = readControlAddress(request.path, request.headers);
  return {
    ...(control ?? readAddress(request.host, request.path, serverNames)),
    isControl: control !== undefined,
    request,
    query,
    policies: new Map(),
    header(name) {
      const value = request.headers[name];
      if (value !== undefined && value !== '') return Array.isArray(value) ? value.join(', ') : value;
      // Ignore checksums: SDKs presign that of an empty body, whatever is sent.
      const isHoisted = isPresigned && name.startsWith('x-amz-') && !name.startsWith('x-amz-checksum-');
      const hoisted = isHoisted ? query.get(name) : undefined;
      checkHeaderText(name, hoisted ?? '');
      return hoisted || undefined;
    },
  };
}

const headerNameShape = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const headerValueShape = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Rejects a value from outside the headers that no response header could contain. */
export function checkHeaderText(name: string, value: string): void {
  if (headerNameShape.test(name) && headerValueShape.test(value)) return;
  throw refusals.invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.');
}

/** Reads a query, in which `+` is a space as in forms; SDKs send `%20`. */
function readQuery(raw: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const decoded = decodeQuery(name);
    if (!query.has(decoded)) query.set(decoded, decodeQuery(value));
  }
  return query;
}

function decodeQuery(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
  if (text.includes('\0')) throw new S3Error('InvalidURI', 'A parameter must not contain U+0000.');
  return text;
}

/** Throws AccessDenied if the caller may not do this; called before anything is looked up. */
export function authorize(call: ObjectCall, action: string, where: ObjectAddress): void {
  if (!isAllowed(call, action, where)) throw new S3Error('AccessDenied', denialOf(call, action, where));
}

/** Reports whether the caller may do this. */
export function isAllowed(call: ObjectCall, action: string, where: ObjectAddress): boolean {
  return call.access.isAllowed(rightTo(call, action, where));
}

/** Returns the message of AccessDenied for what the caller may not do. */
export function denialOf(call: ObjectCall, action: string, where: ObjectAddress): string {
  return call.access.denial(rightTo(call, action, where));
}

/** Returns the right to do something with a bucket or an object. */
export function rightTo(call: RequestedCall, action: string, { bucket, key }: ObjectAddress): Right {
  const facts = { policy: call.policies.get(bucket), values: conditionValues(call) };
  return { action, bucket, key: key === '' ? undefined : key, facts };
}

const conditionHeaders = [
  'x-amz-acl',
  'x-amz-copy-source',
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
];
const conditionParameters = {
  prefix: 'prefix',
  delimiter: 'delimiter',
  'max-keys': 'max-keys',
  versionId: 'VersionId',
};

/** Returns the values that conditions of policies can compare. */
function conditionValues(call: RequestedCall): Record<string, string> {
  const headers = conditionHeaders.map((name) => [name, call.header(name)] as const);
  const parameters = Object.entries(conditionParameters).map(([name, key]) => [key, call.query.get(name)] as const);
  const given = [...headers, ...parameters].filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [`s3:${name}`, value]));
}

/** Returns the bucket of a call, as the index addresses it. */
export function bucketOf(call: ObjectCall): { account: string; bucket: string } {
  return { account: call.request.account, bucket: call.bucket };
}
