import { connect } from 'node:net';
import type { Chance } from '../../support/engine/random.ts';
import { encode, type FuzzRequest, sign } from '../../support/requests/request-signer.ts';
import { damage, headerSafe, oddText, randomText } from './texts.ts';

/** Returns a signed request to STS, or one to our own paths. */
export function otherRequest(chance: Chance, host: string): FuzzRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  if (chance.oneIn(3)) {
    const path = `/-/${encode(oddText(chance).slice(0, 500))}`;
    return {
      method: chance.pick(['GET', 'POST', 'HEAD', 'PUT']) ?? 'GET',
      path,
      query: '',
      headers: { host },
      body: Buffer.alloc(0),
    };
  }
  const action = chance.oneIn(2) ? 'Action=GetCallerIdentity&Version=2011-06-15' : `Action=${encode(oddText(chance))}`;
  const text = chance.oneIn(3) ? damage(chance, action) : action;
  if (chance.oneIn(2))
    return sign({ method: 'POST', path: '/', query: '', headers, body: Buffer.from(text) }, 'sts', host);
  const query = text.replaceAll(/[^!-~]|#/g, '');
  return sign({ method: 'GET', path: '/', query, headers, body: Buffer.alloc(0) }, 'sts', host);
}

const lines = [
  'GET / HTTP/1.1',
  'POST / HTTP/1.1',
  'POST /%zz HTTP/1.1',
  'PUT /fuzz/a HTTP/1.1',
  'BREW / HTTP/1.1',
  'GET http://[::1/ HTTP/1.1',
  'GET / HTTP/9.9',
];
const fields = [
  'Host: a',
  'Host:',
  'Content-Length: 5',
  'Content-Length: -5',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Expect: 100-continue',
  'Expect: 200-ok',
  'Connection: upgrade',
  'Upgrade: websocket',
  'X-Amz-Target: CodePipeline_20150709.ListPipelines',
  'Content-Type: application/x-amz-json-1.1',
  'no colon',
];

/** Returns bytes that are hardly HTTP. */
export function garbage(chance: Chance): Buffer {
  const head = [
    chance.pick(lines) ?? '',
    ...Array.from({ length: chance.below(5) }, () => chance.pick(fields) ?? ''),
    ...(chance.oneIn(3) ? [`X-Odd: ${headerSafe(oddText(chance))}`] : []),
    ...(chance.oneIn(20) ? [`X-Long: ${'x'.repeat(20_000)}`] : []),
  ].join('\r\n');
  const text = `${head}\r\n\r\n${chance.pick(['', 'hello', '{}', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', randomText(chance, 100)])}`;
  return Buffer.from(chance.oneIn(3) ? damage(chance, text) : text, 'latin1');
}

/** Sends bytes, ends the sending side, and resolves with everything received until the server closes. */
export function sendBytes(url: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    let received = '';
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
    });
    // The server may reset such a connection.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.end(bytes);
  });
}
