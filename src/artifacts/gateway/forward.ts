import { createHash } from 'node:crypto';
import { authorizeAttributes } from '../operations/get-object-attributes.ts';
import { type Answer, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { refuseEncryption } from '../protocol/object-encryption.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { ExternalRequest, ExternalStore, Forward, Gateway } from './external-store.ts';
import { answerHeaders, forwardedQuery, readHeaders } from './forwarded-headers.ts';
import { readRecorded } from './recorded-object.ts';
import type { StoreBody } from './send-body.ts';
import type { StoreAnswer } from './store-connection.ts';
import { findRefusal, isRoot, readText, StoreUnavailableError } from './store-refusal.ts';

/** Limit for documents: a list of a thousand keys of a kilobyte each, with every character escaped. */
const maxDocumentBytes = 16 * 1024 * 1024;

/** Returns the request to the store for a call, without headers and body. */
export function requestOf(call: ObjectCall): ExternalRequest {
  return { method: call.request.method, ...bucketOf(call), key: call.key, query: forwardedQuery(call) };
}

/** GetObject: streams the store's bytes. */
export const forwardObject: Forward = async (call, { store }) => {
  refuseEncryption(call);
  const answer = await sendRead(call, store);
  const headers = answerHeaders(answer.headers);
  if (answer.status !== 304) return { status: answer.status, headers, stream: answer.body };
  answer.body.destroy();
  return { status: 304, headers };
};

/** HeadObject and HeadBucket. */
export const forwardHead: Forward = async (call, { store }) => {
  refuseEncryption(call);
  const answer = await sendRead(call, store);
  answer.body.resume();
  return { status: answer.status, headers: answerHeaders(answer.headers) };
};

function sendRead(call: ObjectCall, store: ExternalStore): Promise<StoreAnswer> {
  const recorded = call.key === '' ? undefined : call.access.contentOf?.(call.bucket, call.key);
  return readRecorded(store, { ...requestOf(call), headers: readHeaders(call) }, recorded);
}

/** Forwards a call without a body whose response has none either: deletions, with their conditions. */
export const forwardBare: Forward = async (call, { store }) =>
  emptyAnswer(await store.send({ ...requestOf(call), headers: readHeaders(call) }));

/** Forwards a call with a small document whose response has no body: bucket settings and tags. */
export const forwardDocument: Forward = async (call, { store }) => {
  const text = await readSmallPayload(call, 'of the body');
  return emptyAnswer(await store.send({ ...requestOf(call), ...documentOf(text) }));
};

/** Forwards a read that returns a document. A root element not in `roots` means the store lacks the operation. */
export function forwardRead(...roots: string[]): Forward {
  return async (call, gateway) => {
    const answer = await gateway.store.send({ ...requestOf(call), headers: readHeaders(call) });
    return documentAnswer(call, gateway, answer, roots);
  };
}

/** GetObjectAttributes. */
export const forwardAttributes: Forward = async (call, gateway) => {
  authorizeAttributes(call);
  // AWS returns the first and documents the second.
  return forwardRead('GetObjectAttributesResponse', 'GetObjectAttributesOutput')(call, gateway);
};

/** Converts a response without content. */
export async function emptyAnswer({ status, headers, body }: StoreAnswer): Promise<Answer> {
  await readText(body, maxDocumentBytes);
  const { 'content-type': _type, 'content-length': _length, ...kept } = answerHeaders(headers);
  return { status, headers: status === 200 ? { ...kept, 'Content-Length': '0' } : kept };
}

/** Converts a response with a document, in which it replaces the store's name of the bucket by the account's. */
export async function documentAnswer(
  call: ObjectCall,
  { store }: Gateway,
  answer: StoreAnswer,
  roots: string[],
): Promise<Answer> {
  const text = await readDocument(answer, call, roots);
  const { 'content-type': _type, 'content-length': _length, ...headers } = answerHeaders(answer.headers);
  const { bucket, request } = call;
  const stored = store.nameOf(request.account, bucket);
  let xml = text;
  for (const name of ['Name', 'Bucket'])
    xml = xml.replace(`<${name}>${stored}</${name}>`, `<${name}>${bucket}</${name}>`);
  return { status: answer.status, headers, xml };
}

/** Reads a document with one of these root elements; throws if it has another. */
export async function readDocument(
  { body }: Pick<StoreAnswer, 'body'>,
  subject: { bucket: string; key: string },
  roots: string[],
): Promise<string> {
  const text = await readText(body, maxDocumentBytes);
  if (text === undefined) throw new StoreUnavailableError(`its response is longer than ${maxDocumentBytes} bytes`);
  const refusal = findRefusal(text, subject);
  if (refusal) throw refusal;
  if (isRoot(text, ...roots)) return text;
  throw new S3Error('NotImplemented', `The artifact store does not support this: its response is not a ${roots[0]}.`);
}

/** Returns a complete body with the digests that stores require. */
export function documentOf(text: string): Pick<ExternalRequest, 'body' | 'headers' | 'payloadHash'> {
  const bytes = Buffer.from(text);
  return {
    body: wholeBody(bytes),
    headers: { 'content-type': 'application/xml', 'content-md5': createHash('md5').update(bytes).digest('base64') },
    payloadHash: createHash('sha256').update(bytes).digest('hex'),
  };
}

function wholeBody(bytes: Buffer): StoreBody {
  async function* chunks(): AsyncGenerator<Buffer> {
    if (bytes.length > 0) yield bytes;
  }
  return { chunks: chunks(), sizeBytes: bytes.length };
}
