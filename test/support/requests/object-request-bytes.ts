import { sign } from '../../wire/sign.ts';

/** Returns the bytes of a signed S3 request without a body. */
export function objectRequestBytes(
  url: string,
  { method = 'GET', path, headers = {} }: { method?: string; path: string; headers?: Record<string, string> },
): string {
  const request = { method, path, query: '', headers, body: Buffer.alloc(0) };
  const signed = sign(request, 's3', new URL(url).host).headers;
  const lines = Object.entries({ ...signed, 'content-length': '0' }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
