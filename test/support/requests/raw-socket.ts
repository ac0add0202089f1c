import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { sign } from './request-signer.ts';
import { amzDate, authorization } from './signed-request.ts';

/** A TCP connection for sending requests byte for byte. */
export interface RawSocket {
  send(text: string): void;
  /** Everything received so far. */
  received(): string;
  /** Resolves with everything received so far once it matches `pattern`; rejects if the connection ends before. */
  receive(pattern: RegExp): Promise<string>;
  /** Resolves with everything received once the other side has closed the connection. */
  ended(): Promise<string>;
  /** Closes this side. */
  close(): void;
}

/** Connects to a server for the running test. */
export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  let text = '';
  let isOver = false;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    notify();
  });
  // Some systems report a broken connection as an error, others as its end.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isOver = true;
    notify();
  });
  const until = (isReached: () => boolean) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (isReached()) resolve(text);
        else if (isOver) reject(new Error(`the connection ended after: ${text}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    send: (sent) => void socket.write(sent, 'latin1'),
    received: () => text,
    receive: (pattern) => until(() => pattern.test(text)),
    ended: () => until(() => isOver),
    close: () => void socket.destroy(),
  };
}

/** Returns the bytes of a signed call, by default ListPipelines; `lines` are further, unsigned headers. */
export function callBytes(
  url: string,
  { operation = 'ListPipelines', body = '{}', lines = [] as string[] } = {},
): string {
  const signed = {
    Host: new URL(url).host,
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Date': amzDate(),
    'X-Amz-Target': `CodePipeline_20150709.${operation}`,
  };
  const headers = { ...signed, Authorization: authorization(signed, body), 'Content-Length': String(body.length) };
  const written = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `POST / HTTP/1.1\r\n${[...written, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

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
