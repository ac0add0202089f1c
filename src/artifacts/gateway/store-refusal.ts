import type { Readable } from 'node:stream';
import { type Refusal, type RefusalDetails, S3Error } from '../protocol/s3-error.ts';
import { childText, parseXml } from '../protocol/xml.ts';

/** Limit for error documents. */
const maxRefusalBytes = 64 * 1024;

/** Tells clients how many seconds to wait before a retry. */
const retryAfter = { 'Retry-After': '5' };

/** The external store can't be reached, disconnected, or sent an invalid response; `message` says which. */
export class StoreUnavailableError extends Error implements Refusal {
  readonly code = 'ServiceUnavailable';
  readonly httpStatus = 503;
  readonly details: RefusalDetails = { headers: retryAfter };

  constructor(reason: unknown) {
    super(`The artifact store is not available: ${reasonOf(reason)}.`, { cause: reason });
    this.name = 'ServiceUnavailable';
  }
}

function reasonOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  // If several addresses were tried, only the individual errors say why they failed.
  const [first] = reason instanceof AggregateError ? reason.errors : [];
  return first instanceof Error ? first.message : reason.message || reason.name;
}

/** An error of the external store that clients may see unchanged. */
export class StoreRefusal extends Error implements Refusal {
  readonly code: string;
  readonly httpStatus: number;
  readonly details: RefusalDetails;

  constructor({ code, message, httpStatus, details }: Refusal) {
    super(message);
    this.name = code;
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

/** The store rejects this server's credentials, which has nothing to do with the client's. */
export class StoreCredentialsError extends S3Error {
  constructor(code: string) {
    super('AccessDenied', `The artifact store rejects the credentials of this server (${code}).`);
  }
}

/** Codes that mean this server's credentials: the client has already been authenticated. */
const aboutOurCredentials = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'RequestTimeTooSkewed',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
  'AuthorizationHeaderMalformed',
  'InvalidClientTokenId',
]);

/** Elements about the object; other elements reveal the store's hosts and our requests to it. */
const shownElements = [
  'Key',
  'VersionId',
  'UploadId',
  'PartNumber',
  'ETag',
  'Condition',
  'ArgumentName',
  'ArgumentValue',
  'Method',
  'ResourceType',
  'RangeRequested',
  'ActualObjectSize',
  'ProposedSize',
  'MinSizeAllowed',
  'MaxSizeAllowed',
];

const shownHeaders = ['content-range', 'x-amz-delete-marker', 'x-amz-version-id'];

/** What an error is about, under the client's names. */
interface Subject {
  bucket: string;
  key: string;
}

/** Converts a response of 300 or more, except 304, into an error; the store's 4xx stay the same. */
export async function readRefusal(
  { status, headers, body }: { status: number; headers: Record<string, unknown>; body: Readable },
  subject: Subject,
): Promise<Error> {
  const text = await readText(body, maxRefusalBytes);
  const refusal = refusalOf(text ?? '', status, subject);
  for (const name of shownHeaders) {
    const value = headers[name];
    if (typeof value === 'string') refusal.details.headers = { ...refusal.details.headers, [name]: value };
  }
  return classify(refusal);
}

/** Returns the error in the document of a 200 response; undefined if it is not an error. */
export function findRefusal(text: string, subject: Subject): Error | undefined {
  if (!isRoot(text, 'Error')) return undefined;
  const refusal = refusalOf(text, 500, subject);
  return classify({ ...refusal, httpStatus: statusOf(refusal.code) });
}

/** Returns whether the document's root element has one of these names. */
export function isRoot(text: string, ...names: string[]): boolean {
  const [, root = ''] = /^\s*(?:<\?xml[^>]*\?>)?\s*<([\w.-]+)/.exec(text) ?? [];
  return names.includes(root);
}

/** Reads a body as text; destroys it and returns undefined if it is longer than `maxBytes`. */
export async function readText(body: Readable, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function classify(refusal: Refusal): Error {
  const { code, httpStatus, message } = refusal;
  if (aboutOurCredentials.has(code)) return new StoreCredentialsError(code);
  if (httpStatus === 501) return new S3Error('NotImplemented', `The artifact store says: ${message}`);
  if (code === 'SlowDown' || code === 'TooManyRequests') {
    return new StoreRefusal({ ...refusal, code: 'SlowDown', httpStatus: 503, details: { headers: retryAfter } });
  }
  if (httpStatus >= 500) return new StoreUnavailableError(`it returned ${httpStatus} ${code}: ${message}`);
  if (httpStatus < 400) {
    return new S3Error(
      'InvalidRequest',
      `The artifact store has this bucket at another endpoint (${code}, ${httpStatus}).`,
    );
  }
  return new StoreRefusal(refusal);
}

function refusalOf(text: string, httpStatus: number, subject: Subject): Refusal {
  const error = parseError(text);
  const textOf = (name: string) => (error === undefined ? undefined : childText(error, name));
  const code = textOf('Code') ?? codeOf(httpStatus, subject);
  const elements = Object.fromEntries(
    shownElements.flatMap((name) => {
      const value = textOf(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const named = textOf('BucketName') === undefined ? elements : { ...elements, BucketName: subject.bucket };
  const message = textOf('Message') || `The artifact store returned ${httpStatus} ${code}.`;
  return { code, message, httpStatus, details: { elements: named } };
}

function parseError(text: string): Record<string, unknown> | undefined {
  if (!isRoot(text, 'Error')) return undefined;
  try {
    const error = parseXml(text, 'Error');
    return Object.values(error).every((child) => typeof child === 'string') ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the code for a status without a document, as after HEAD. */
function codeOf(status: number, { key }: Subject): string {
  if (status === 404) return key === '' ? 'NoSuchBucket' : 'NoSuchKey';
  const codes: Record<number, string> = {
    403: 'AccessDenied',
    405: 'MethodNotAllowed',
    412: 'PreconditionFailed',
    416: 'InvalidRange',
    503: 'SlowDown',
  };
  return codes[status] ?? (status < 500 ? 'InvalidRequest' : 'InternalError');
}

/** Returns the status for an error code that came with a 200. */
function statusOf(code: string): number {
  const client = ['NoSuchKey', 'NoSuchBucket', 'NoSuchUpload', 'NoSuchVersion'];
  if (client.includes(code)) return 404;
  if (code === 'AccessDenied') return 403;
  if (code === 'PreconditionFailed') return 412;
  return ['InternalError', 'ServiceUnavailable', 'OperationAborted'].includes(code) ? 500 : 400;
}
