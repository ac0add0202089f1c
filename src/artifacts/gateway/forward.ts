import { createHash } from 'node:crypto';
import { authorizeAttributes } from '../operations/get-object-attributes.ts';
import type { Answer } from '../protocol/answer.ts';
import { bucketOf, type Call } from '../protocol/call.ts';
import { refuseEncryption } from '../protocol/object-encryption.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { ExternalRequest, ExternalStore } from './external-store.ts';
import { answerHeaders, forwardedQuery, readHeaders } from './forwarded-headers.ts';
import type { Forward, Gateway } from './gateway.ts';
import { readRecorded } from './recorded-object.ts';
import type { StoreAnswer, StoreBody } from './store-connection.ts';
import { findRefusal, isRoot, readText, StoreUnavailableError } from './store-refusal.ts';

/** The longest document of an answer: a list of a thousand keys of a kilobyte each, all of it escaped. */
const maxDocumentBytes = 16 * 1024 * 1024;

/** The request to the store that a call amounts to, without headers and body. */
export function requestOf(call: Call): ExternalRequest {
  return { method: call.request.method, ...bucketOf(call), key: call.key, query: forwardedQuery(call) };
}

/** GetObject: the store's bytes as they come. */
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

function sendRead(call: Call, store: ExternalStore): Promise<StoreAnswer> {
  const recorded = call.key === '' ? undefined : call.request.contentOf?.(call.bucket, call.key);
  return readRecorded(store, { ...requestOf(call), headers: readHeaders(call) }, recorded);
}

/** A call without a body whose answer is headers: deletions, with their conditions. */
export const forwardBare: Forward = async (call, { store }) =>
  emptyAnswer(await store.send({ ...requestOf(call), headers: readHeaders(call) }));

/** A call with a small document whose answer is headers: the settings of buckets, and tags. */
export const forwardDocument: Forward = async (call, { store }) => {
  const text = await readSmallPayload(call, 'of the body');
  return emptyAnswer(await store.send({ ...requestOf(call), ...documentOf(text) }));
};

/** A read whose answer is a document with one of these root elements; others show that the store does not know it. */
export function forwardRead(...roots: string[]): Forward {
  return async (call, gateway) => {
    const answer = await gateway.store.send({ ...requestOf(call), headers: readHeaders(call) });
    return documentAnswer(call, gateway, answer, roots);
  };
}

/** GetObjectAttributes. */
export const forwardAttributes: Forward = async (call, gateway) => {
  authorizeAttributes(call);
  // The one is what AWS answers, the other what it documents.
  return forwardRead('GetObjectAttributesResponse', 'GetObjectAttributesOutput')(call, gateway);
};

/** An answer without content. */
export async function emptyAnswer({ status, headers, body }: StoreAnswer): Promise<Answer> {
  await readText(body, maxDocumentBytes);
  const { 'content-type': _type, 'content-length': _length, ...told } = answerHeaders(headers);
  return { status, headers: status === 200 ? { ...told, 'Content-Length': '0' } : told };
}

/** An answer with a document, in which the bucket is called as its account calls it. */
export async function documentAnswer(
  call: Call,
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

/** The text of an answer whose document has one of these root elements. */
export async function readDocument(
  { body }: Pick<StoreAnswer, 'body'>,
  subject: { bucket: string; key: string },
  roots: string[],
): Promise<string> {
  const text = await readText(body, maxDocumentBytes);
  if (text === undefined) throw new StoreUnavailableError(`its answer is longer than ${maxDocumentBytes} bytes`);
  const refusal = findRefusal(text, subject);
  if (refusal) throw refusal;
  if (isRoot(text, ...roots)) return text;
  throw new S3Error('NotImplemented', `The artifact store does not offer this: it answered no ${roots[0]}.`);
}

/** A body that is there as a whole, with the digests that stores ask for. */
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
