import { createHash, createHmac } from 'node:crypto';
import { type Keys, region } from './client-config.ts';

/** The signed parts of a request. */
export interface SigningInput {
  method: string;
  path: string;
  /** As it is sent, without the `?`. */
  query?: string;
  /** By lower-case name; all of them are signed. */
  headers: Record<string, string>;
  payloadHash: string;
}

/** Signs a request with Signature Version 4, independently of the server's own signer. */
export function signVersion4(
  { method, path, query = '', headers, payloadHash }: SigningInput,
  { keys, service, date }: { keys: Keys; service: string; date: string },
) {
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}`);
  const parameters = query.split('&').filter((part) => part !== '');
  const canonicalQuery = parameters.map((part) => (part.includes('=') ? part : `${part}=`)).sort();
  const canonical = [method, path, canonicalQuery.join('&'), ...lines, '', names.join(';'), payloadHash].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { authorization, signature, scope, key };
}

/** Computes an HMAC-SHA256. */
export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

/** Returns the SHA-256 in hex. */
export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
