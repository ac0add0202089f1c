// @ts-check
// The minimum a signed API must compute: checks each signature (version 4) with a key that is derived once, and compares
// it in constant time.
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { signingKey } from './signer.mjs';

const windowMs = 15 * 60 * 1000;
const authorizationFormat =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/(\S+), ?SignedHeaders=(\S+), ?Signature=(\S+)$/;
/** @type {Map<string, import('node:crypto').KeyObject>} */
const keys = new Map();

/** @type {(request: import('node:http').IncomingMessage, body: string | Buffer) => boolean} */
export function isSigned({ method, url = '', headers }, body) {
  const [, , day = '', scope, names = '', given = ''] = authorizationFormat.exec(headers.authorization ?? '') ?? [];
  const date = String(headers['x-amz-date']);
  const at = Date.parse(date.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  if (!(Math.abs(Date.now() - at) <= windowMs)) return false;
  let key = keys.get(day);
  if (!key) {
    key = signingKey(`${day}/${scope}`);
    keys.set(day, key);
  }
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = `${method}\n${url}\n\n${lines.join('')}\n${names}\n${hash('sha256', body)}`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${day}/${scope}\n${hash('sha256', canonical)}`;
  const signature = createHmac('sha256', key).update(text).digest();
  const other = Buffer.from(given, 'hex');
  return other.length === signature.length && timingSafeEqual(other, signature);
}
