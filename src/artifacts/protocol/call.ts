import type { Readable } from 'node:stream';
import { type ObjectAddress, readAddress, readControlAddress } from './address.ts';
import { checkHeaderText } from './header-text.ts';
import type { AccessFacts, ObjectRequest } from './object-request.ts';
import { S3Error } from './s3-error.ts';

/** A request as the operations read it. */
export interface Call extends ObjectAddress {
  request: ObjectRequest;
  /** Whether it is a call to S3 Control's tags of a bucket, which have no place in a bucket. */
  isControl: boolean;
  /** Decoded, first value of each name. */
  query: Map<string, string>;
  /** The policies of the buckets it touches, by bucket; filled in before rights are asked. */
  policies: Map<string, string>;
  /** A header by its lower-case name; undefined when absent or empty. */
  header(name: string): string | undefined;
  /** Takes the body; called by whoever wants its bytes, when everything else about the request is right. */
  openBody(): Readable;
}

/** Reads address, query and headers. A presigned URL may carry `x-amz-` headers in its query. */
export function readCall(request: ObjectRequest, openBody: () => Readable, serverNames?: string[]): Call {
  const query = readQuery(request.query);
  const { isPresigned = false } = request;
  const control = readControlAddress(request.path, request.headers);
  return {
    ...(control ?? readAddress(request.host, request.path, serverNames)),
    isControl: control !== undefined,
    request,
    query,
    openBody,
    policies: new Map(),
    header(name) {
      const value = request.headers[name];
      if (value !== undefined && value !== '') return Array.isArray(value) ? value.join(', ') : value;
      // Not the checksums: SDKs presign that of an empty body, whatever will be sent.
      const isHoisted = isPresigned && name.startsWith('x-amz-') && !name.startsWith('x-amz-checksum-');
      const hoisted = isHoisted ? query.get(name) : undefined;
      checkHeaderText(name, hoisted ?? '');
      return hoisted || undefined;
    },
  };
}

/** In a query `+` is a space, as forms write it; SDKs write `%20`. */
function readQuery(raw: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const mark = pair.indexOf('=');
    const [name, value] = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)];
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

/** Refuses with AccessDenied what the caller may not do, before anything is looked up. */
export function authorize(call: Call, action: string, where: ObjectAddress): void {
  if (!isAllowed(call, action, where)) throw new S3Error('AccessDenied', denialOf(call, action, where));
}

/** Whether the caller may do this. */
export function isAllowed(call: Call, action: string, { bucket, key }: ObjectAddress): boolean {
  return call.request.isAllowed(action, bucket, key === '' ? undefined : key, factsOf(call, bucket));
}

/** The message of AccessDenied for what the caller may not do. */
export function denialOf(call: Call, action: string, { bucket, key }: ObjectAddress): string {
  return call.request.denial(action, bucket, key === '' ? undefined : key, factsOf(call, bucket));
}

function factsOf(call: Call, bucket: string): AccessFacts {
  return { policy: call.policies.get(bucket), values: conditionValues(call) };
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

/** What the call says that conditions of policies look at. */
function conditionValues(call: Call): Record<string, string> {
  const headers = conditionHeaders.map((name) => [name, call.header(name)] as const);
  const parameters = Object.entries(conditionParameters).map(([name, key]) => [key, call.query.get(name)] as const);
  const given = [...headers, ...parameters].filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [`s3:${name}`, value]));
}

/** The bucket a call is about, as the index addresses it. */
export function bucketOf(call: Call): { account: string; bucket: string } {
  return { account: call.request.account, bucket: call.bucket };
}
