import { type Keys, rootKey } from './client-config.ts';
import { amzDate } from './signed-request.ts';
import { sha256, signVersion4 } from './sigv4.ts';

/** A request before it is sent; `path` and `query` are as they travel. */
export interface FuzzRequest {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Percent-encodes as signatures of version 4 do. */
export function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Adds date, payload hash (unless there is one) and Authorization; every header that is there is signed. */
export function sign(
  request: FuzzRequest,
  service: 'codepipeline' | 's3' | 'sts',
  host: string,
  { keys = rootKey, at = Date.now() }: { keys?: Keys; at?: number } = {},
): FuzzRequest {
  const { method, path, query, body } = request;
  const date = amzDate(at);
  const payloadHash = request.headers['x-amz-content-sha256'] ?? sha256(body);
  const headers: Record<string, string> = {
    host,
    ...request.headers,
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
    'x-amz-date': date,
    'x-amz-content-sha256': payloadHash,
  };
  const { authorization } = signVersion4({ method, path, query, headers, payloadHash }, { keys, service, date });
  return { ...request, headers: { ...headers, authorization } };
}
