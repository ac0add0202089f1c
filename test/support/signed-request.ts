import { createHash, createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { type Keys, region, rootKey } from './client-config.ts';

/** What came back, body as text. */
export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request as bytes: nothing added but what is given here. */
export function sendRaw(
  url: string,
  options: {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    /** Cuts the connection when it aborts. */
    signal?: AbortSignal;
  },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path = '/', headers = {}, body = '', signal } = options;
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, method, path, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The Authorization header of SigV4, written out by hand so that nothing of the server's own signer is used. */
export function authorization(
  headers: Record<string, string>,
  body: string | Buffer,
  { keys = rootKey as Keys, service = 'codepipeline', date = headers['X-Amz-Date'] ?? '' } = {},
): string {
  const names = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .filter((name) => ['content-type', 'host', 'user-agent', 'x-amz-date', 'x-amz-target'].includes(name))
    .sort();
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${lower[name]}`),
    '',
    names.join(';'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, text).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Now, as `X-Amz-Date` writes it. */
export function amzDate(at = Date.now()): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** A CodePipeline call by hand, with any body. */
export async function callRaw(
  url: string,
  operation: string,
  body: string | Buffer,
  options: {
    keys?: Keys;
    headers?: Record<string, string>;
    at?: number;
    service?: string;
    change?: (body: string) => string;
    signal?: AbortSignal;
  } = {},
): Promise<RawAnswer> {
  const headers: Record<string, string> = {
    Host: new URL(url).host,
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Date': amzDate(options.at),
    'X-Amz-Target': `CodePipeline_20150709.${operation}`,
    ...options.headers,
  };
  const Authorization = authorization(headers, body, { keys: options.keys, service: options.service });
  const sent = options.change ? options.change(String(body)) : body;
  const length = String(Buffer.byteLength(sent));
  const { signal } = options;
  return sendRaw(url, { headers: { ...headers, Authorization, 'Content-Length': length }, body: sent, signal });
}
