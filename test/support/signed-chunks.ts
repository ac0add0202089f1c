import { createHash, createHmac } from 'node:crypto';
import { type Keys, region, rootKey } from './server.ts';
import { amzDate, type RawAnswer, sendRaw } from './signed-request.ts';

const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const emptyHash = createHash('sha256').digest('hex');

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** What is put, and by whom. */
export interface ChunkedUpload {
  path: string;
  /** In canonical order. */
  query?: string;
  chunks: (string | Buffer)[];
  keys?: Keys;
  /** In ms. */
  at?: number;
  /** Damages a body on its way. */
  spoil?: (body: Buffer) => Buffer;
}

/** PUTs chunks as the Java SDK v1 does over plain HTTP: each one is signed and continues the chain of the one before. */
export function putSignedChunks(url: string, upload: ChunkedUpload): Promise<RawAnswer> {
  const { path, query = '', keys = rootKey as Keys, at, spoil = (body) => body } = upload;
  const chunks = upload.chunks.map((chunk) => Buffer.from(chunk));
  const date = amzDate(at);
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(url).host,
    'x-amz-content-sha256': streaming,
    'x-amz-date': date,
    'x-amz-decoded-content-length': String(Buffer.concat(chunks).length),
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const hash = createHash('sha256').update(['PUT', path, query, ...lines, '', names, streaming].join('\n'));
  let signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash.digest('hex')}`).toString('hex');
  const credential = `${keys.accessKeyId}/${scope}`;
  const Authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  const framed = [...chunks, Buffer.alloc(0)].map((chunk) => {
    const chunkHash = createHash('sha256').update(chunk).digest('hex');
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, signature, emptyHash, chunkHash].join('\n');
    signature = hmac(key, text).toString('hex');
    const head = `${chunk.length.toString(16)};chunk-signature=${signature}\r\n`;
    return Buffer.concat([Buffer.from(head), chunk, Buffer.from('\r\n')]);
  });
  const target = query === '' ? path : `${path}?${query}`;
  const body = spoil(Buffer.concat(framed));
  return sendRaw(url, { method: 'PUT', path: target, headers: { ...headers, Authorization }, body });
}
