import { type Keys, rootKey } from '../servers/server.ts';
import { amzDate, type RawAnswer, sendRaw } from './signed-request.ts';
import { hmac, sha256, signVersion4 } from './sigv4.ts';

const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';

/** The object to upload and the keys to sign with. */
export interface ChunkedUpload {
  path: string;
  /** In canonical order. */
  query?: string;
  chunks: (string | Buffer)[];
  keys?: Keys;
  /** In ms. */
  at?: number;
  /** Damages the body after signing. */
  spoil?: (body: Buffer) => Buffer;
}

/** PUTs signed chunks like the Java SDK v1 over plain HTTP: each signature covers the previous one. */
export function putSignedChunks(url: string, upload: ChunkedUpload): Promise<RawAnswer> {
  const { path, query = '', keys = rootKey as Keys, at, spoil = (body) => body } = upload;
  const chunks = upload.chunks.map((chunk) => Buffer.from(chunk));
  const date = amzDate(at);
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(url).host,
    'x-amz-content-sha256': streaming,
    'x-amz-date': date,
    'x-amz-decoded-content-length': String(Buffer.concat(chunks).length),
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
  };
  const signed = signVersion4(
    { method: 'PUT', path, query, headers, payloadHash: streaming },
    { keys, service: 's3', date },
  );
  let { signature } = signed;
  const framed = [...chunks, Buffer.alloc(0)].map((chunk) => {
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, signed.scope, signature, sha256(''), sha256(chunk)].join('\n');
    signature = hmac(signed.key, text).toString('hex');
    const head = `${chunk.length.toString(16)};chunk-signature=${signature}\r\n`;
    return Buffer.concat([Buffer.from(head), chunk, Buffer.from('\r\n')]);
  });
  const target = query === '' ? path : `${path}?${query}`;
  const body = spoil(Buffer.concat(framed));
  return sendRaw(url, {
    method: 'PUT',
    path: target,
    headers: { ...headers, Authorization: signed.authorization },
    body,
  });
}
