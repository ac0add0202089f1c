import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { amzDate, authorization } from './signed-request.ts';

/** A bare TCP connection: what is sent is what arrives, byte for byte. */
export interface RawSocket {
  send(text: string): void;
  /** Everything received so far. */
  received(): string;
  /** Resolves when `pattern` has been received, with everything so far; rejects when the connection ends without it. */
  receive(pattern: RegExp): Promise<string>;
  /** Resolves with everything received when the other side has ended or cut the connection. */
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
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    tell();
  });
  // A cut connection shows as an error to one system and as an end to another.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isOver = true;
    tell();
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

/** A signed ListPipelines, or another operation, byte for byte; `lines` are further headers, not signed. */
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
