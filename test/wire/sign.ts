import { createHash, createHmac } from 'node:crypto';
import { type Keys, region, rootKey } from '../support/client-config.ts';
import { amzDate } from '../support/signed-request.ts';

/** A request before it is sent; `path` and `query` are as they travel. */
export interface FuzzRequest {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: Buffer;
}

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'latin1').digest();

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
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}`);
  const parameters = query.split('&').filter((part) => part !== '');
  const canonicalQuery = parameters.map((part) => (part.includes('=') ? part : `${part}=`)).sort();
  const canonical = [method, path, canonicalQuery.join('&'), ...lines, '', names.join(';'), payloadHash].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).toString('hex');
  const credential = `${keys.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...request, headers: { ...headers, authorization } };
}
