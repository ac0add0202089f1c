import type { Keys } from '../requests/client-config.ts';
import { sign } from '../requests/request-signer.ts';
import { type RawAnswer, sendRaw } from '../requests/signed-request.ts';

/** Sends a signed S3 request byte for byte; `path` and `query` are as sent. */
export function sendS3(
  url: string,
  request: {
    method: string;
    path: string;
    query?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    keys?: Keys;
  },
): Promise<RawAnswer> {
  const { method, path, query = '', headers = {}, body = '', keys } = request;
  const bytes = Buffer.from(body);
  const signed = sign({ method, path, query, headers, body: bytes }, 's3', new URL(url).host, { keys });
  const sent = { ...signed.headers, 'content-length': String(bytes.length) };
  return sendRaw(url, { method, path: query === '' ? path : `${path}?${query}`, headers: sent, body: bytes });
}

/** Sends a request, and rejects unless the response has `status`. */
export async function expectS3(url: string, status: number, request: Parameters<typeof sendS3>[1]): Promise<RawAnswer> {
  const answer = await sendS3(url, request);
  if (answer.status === status) return answer;
  const { method, path, query = '' } = request;
  throw new Error(`${method} ${path}?${query}: ${answer.status} instead of ${status}: ${answer.body.slice(0, 500)}`);
}
