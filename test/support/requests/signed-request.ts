import { type IncomingHttpHeaders, request } from 'node:http';
import { type Keys, rootKey } from './client-config.ts';
import { sha256, signVersion4 } from './sigv4.ts';

/** A response with its body as text. */
export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends a request with only the given headers. */
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

const signedNames = new Set(['content-type', 'host', 'user-agent', 'x-amz-date', 'x-amz-target']);

/** Returns the Authorization header of a POST to `/`. */
export function authorization(
  headers: Record<string, string>,
  body: string | Buffer,
  { keys = rootKey as Keys, service = 'codepipeline', date = headers['X-Amz-Date'] ?? '' } = {},
): string {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const signed = Object.fromEntries(lower.filter(([name]) => signedNames.has(name)));
  const input = { method: 'POST', path: '/', headers: signed, payloadHash: sha256(body) };
  return signVersion4(input, { keys, service, date }).authorization;
}

/** Returns a time, by default the current one, in the form of `X-Amz-Date`. */
export function amzDate(at = Date.now()): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** Calls CodePipeline without an SDK, with any body. */
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
