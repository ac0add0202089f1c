// @ts-check
// The least that a signed API can be: a bare node:http server that checks each signature (version 4) with a key it has
// derived once, compares in constant time, and answers a fixed body. `node cached-check.mjs`.
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { signingKey } from './signer.mjs';

const answer = '{"jobs":[]}';
const windowMs = 15 * 60 * 1000;
const authorizationFormat =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/(\S+), ?SignedHeaders=(\S+), ?Signature=(\S+)$/;
/** @type {Map<string, import('node:crypto').KeyObject>} */
const keys = new Map();

/** @type {(request: import('node:http').IncomingMessage, body: string | Buffer) => boolean} */
function isSigned({ method, url = '', headers }, body) {
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

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(isSigned(request, body) ? 200 : 403, {
      'Content-Type': 'application/x-amz-json-1.1',
      'Content-Length': answer.length,
    });
    response.end(answer);
  });
});
// As the product has it: connections outlive the turns of others.
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(`ready at http://127.0.0.1:${address.port}`);
});
