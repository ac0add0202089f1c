import type { Readable } from 'node:stream';
import { type Refusal, type RefusalDetails, S3Error } from '../protocol/s3-error.ts';
import { childText, parseXml } from '../protocol/xml.ts';

/** The longest document of a refusal that is read. */
const maxRefusalBytes = 64 * 1024;

/** What a client is told to wait before it comes again. */
const retryAfter = { 'Retry-After': '5' };

/** The external store cannot be reached, broke off, or answered what makes no sense. `message` says which, for the log. */
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
  // Several addresses were tried and none answered: Node.js says why only in the parts.
  const [first] = reason instanceof AggregateError ? reason.errors : [];
  return first instanceof Error ? first.message : reason.message || reason.name;
}

/** A refusal of the external store that a client may see as it is. */
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

/** The store does not let this server in. That is between the two of them: no client's own signature is meant. */
export class StoreCredentialsError extends S3Error {
  constructor(code: string) {
    super('AccessDenied', `The artifact store refuses the credentials of this server (${code}).`);
  }
}

/** The client has been let in by then, so whoever is refused is this server. */
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

/** Elements that speak of the object; the others speak of the store's hosts and of our requests to it. */
const toldElements = [
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

const toldHeaders = ['content-range', 'x-amz-delete-marker', 'x-amz-version-id'];

/** What a refusal is about, as the client names it. */
interface Subject {
  bucket: string;
  key: string;
}

/** Reads an answer of 300 or more, 304 apart, as the error it amounts to; the store's 4xx stay what they are. */
export async function readRefusal(
  { status, headers, body }: { status: number; headers: Record<string, unknown>; body: Readable },
  subject: Subject,
): Promise<Error> {
  const text = await readText(body, maxRefusalBytes);
  const refusal = refusalOf(text ?? '', status, subject);
  for (const name of toldHeaders) {
    const value = headers[name];
    if (typeof value === 'string') refusal.details.headers = { ...refusal.details.headers, [name]: value };
  }
  return classify(refusal);
}

/** The refusal that a document of an answer of 200 turned out to be; undefined when it is none. */
export function findRefusal(text: string, subject: Subject): Error | undefined {
  if (!isRoot(text, 'Error')) return undefined;
  const refusal = refusalOf(text, 500, subject);
  return classify({ ...refusal, httpStatus: statusOf(refusal.code) });
}

/** Whether the document's root element is called so. */
export function isRoot(text: string, ...names: string[]): boolean {
  const [, root = ''] = /^\s*(?:<\?xml[^>]*\?>)?\s*<([\w.-]+)/.exec(text) ?? [];
  return names.includes(root);
}

/** The text of a body; undefined, and the body destroyed, when it is longer than `maxBytes`. */
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
  if (httpStatus >= 500) return new StoreUnavailableError(`it answered ${httpStatus} ${code}: ${message}`);
  if (httpStatus < 400) {
    return new S3Error('InvalidRequest', `The artifact store keeps this bucket elsewhere (${code}, ${httpStatus}).`);
  }
  return new StoreRefusal(refusal);
}

function refusalOf(text: string, httpStatus: number, subject: Subject): Refusal {
  const error = parseError(text);
  const told = (name: string) => (error === undefined ? undefined : childText(error, name));
  const code = told('Code') ?? codeOf(httpStatus, subject);
  const elements = Object.fromEntries(
    toldElements.flatMap((name) => {
      const value = told(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const named = told('BucketName') === undefined ? elements : { ...elements, BucketName: subject.bucket };
  const message = told('Message') || `The artifact store answered ${httpStatus} ${code}.`;
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

/** What a status means when nothing more was said, as after HEAD. */
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

/** A refusal inside an answer of 200 has lost its status. */
function statusOf(code: string): number {
  const client = ['NoSuchKey', 'NoSuchBucket', 'NoSuchUpload', 'NoSuchVersion'];
  if (client.includes(code)) return 404;
  if (code === 'AccessDenied') return 403;
  if (code === 'PreconditionFailed') return 412;
  return ['InternalError', 'ServiceUnavailable', 'OperationAborted'].includes(code) ? 500 : 400;
}
