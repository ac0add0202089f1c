import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ObjectRequest } from './object-request.ts';
import type { Refusal } from './s3-error.ts';
import { buildErrorXml } from './xml.ts';

/** What an operation answers: an XML document, a JSON text, a stream of bytes (its length among the headers), or nothing. */
export interface Answer {
  status: number;
  headers?: Record<string, string | undefined>;
  xml?: string;
  json?: string;
  stream?: Readable;
}

/** Bytes of an unwanted body that are taken in so that the client gets to read its refusal. */
const maxDrainBytes = 16 * 1024 * 1024;
const maxDrainMs = 5000;

/** Sends an answer; resolves when its last byte is handed over or the client has gone. */
export async function sendAnswer(request: ObjectRequest, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, xml, json, stream } = answer;
  const text = xml ?? json;
  const body = text === undefined ? undefined : Buffer.from(text);
  const headers = json === undefined ? answer.headers : { 'Content-Type': 'application/json', ...answer.headers };
  response.writeHead(status, definedHeaders(request, headers, body));
  if (!stream) {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  // Also before the first byte: an answer that was never sent would keep its file open.
  request.whenOver?.(() => stream.destroy());
  // The client going away in the middle is its right; a file that cannot be read on cuts the answer short.
  await pipeline(stream, response).catch((error: unknown) => {
    if (!response.destroyed) response.destroy();
    if (!isClosedByClient(error)) throw error;
  });
}

function isClosedByClient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    code === 'ERR_STREAM_DESTROYED'
  );
}

function definedHeaders(
  request: ObjectRequest,
  headers: Answer['headers'],
  body: Buffer | undefined,
): Record<string, string> {
  const all: Answer['headers'] = {
    'x-amz-request-id': request.requestId,
    ...(body && { 'Content-Type': 'application/xml', 'Content-Length': String(body.length) }),
    ...headers,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Sends a refusal. `isUnread` says that a body may still be on its way: then the connection ends after the answer. */
export async function sendRefusal(
  request: ObjectRequest,
  response: ServerResponse,
  error: Refusal,
  unread: 'nothing' | 'body' | 'unrequested body',
): Promise<void> {
  const xml = buildErrorXml({
    Code: error.code,
    Message: error.message,
    ...error.details.elements,
    Resource: request.path,
    RequestId: request.requestId,
  });
  const isHead = request.method === 'HEAD';
  const answer = { status: error.httpStatus, headers: { ...error.details.headers }, xml: isHead ? undefined : xml };
  if (unread === 'nothing') return sendAnswer(request, response, answer);
  const headers: Answer['headers'] = { ...answer.headers, Connection: 'close' };
  if (unread === 'unrequested body') return sendAnswer(request, response, { ...answer, headers });
  // Closing now would reset the connection and lose the answer on its way: a client reads it when it has sent its body.
  const body = Buffer.from(answer.xml ?? '');
  response.writeHead(answer.status, definedHeaders(request, headers, body));
  response.flushHeaders();
  if (!isHead) response.write(body);
  await drain(request.body);
  response.end();
}

function drain(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    let drainedBytes = 0;
    const end = () => {
      clearTimeout(timer);
      body.off('data', count);
      resolve();
    };
    const count = (chunk: Buffer) => {
      drainedBytes += chunk.length;
      if (drainedBytes > maxDrainBytes) end();
    };
    const timer = setTimeout(end, maxDrainMs);
    body.on('data', count);
    for (const event of ['end', 'close', 'error']) body.once(event, end);
    body.resume();
    if (body.readableEnded || body.destroyed) end();
  });
}
