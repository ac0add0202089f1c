import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A Git server over HTTP, and what it was asked for. */
export interface GitHttpServer {
  url: string;
  /** The authorization headers of the requests so far; undefined for a request without one. */
  authorizations: (string | undefined)[];
  close(): void;
}

export interface GitServerOptions {
  /** A request needs it. */
  password?: string;
  /** May answer a request itself by returning true. */
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Serves the repositories of a folder with Git's own program for web servers, until it is closed. */
export async function startGitServer(
  folder: string,
  { password, answer = () => false }: GitServerOptions,
): Promise<GitHttpServer> {
  const backend = join(execFileSync('git', ['--exec-path']).toString().trim(), 'git-http-backend');
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    authorizations.push(authorization);
    if (answer(request, response)) return;
    const given = Buffer.from((authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    if (password !== undefined && given.slice(given.indexOf(':') + 1) !== password) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    runBackend(backend, folder, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function runBackend(backend: string, folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { headers, method } = request;
  const child = spawn(backend, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REQUEST_METHOD: method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    child.stdout.off('data', readHead);
    const fields = head.toString('latin1', 0, end).split('\r\n');
    const pairs = fields.map((field) => [
      field.slice(0, field.indexOf(':')),
      field.slice(field.indexOf(':') + 1).trim(),
    ]);
    const { Status: status = '200', ...others } = Object.fromEntries(pairs) as Record<string, string>;
    response.writeHead(Number.parseInt(status, 10), others);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', readHead);
}
