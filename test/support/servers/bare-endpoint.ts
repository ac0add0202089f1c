import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createObjectEndpoint, type ObjectEndpoint } from '../../../src/artifacts/object-endpoint.ts';
import type { ObjectRequest } from '../../../src/artifacts/protocol/object-request.ts';
import { createMasterKeys } from '../../../src/identity/secrets/master-key.ts';
import { createSealer } from '../../../src/identity/secrets/sealer.ts';
import type { ObjectIndex } from '../../../src/store/objects/object-index.ts';

/** A bare server around the endpoint that believes everybody: for this room's tests. */
export interface BareEndpoint {
  port: number;
  url: string;
  folder: string;
  index: ObjectIndex;
  endpoint: ObjectEndpoint;
  /** What it has logged as errors. */
  errors: string[];
  /** What the next requests are given instead of the usual: rights, a verifier of chunks. */
  overrides: Partial<Pick<ObjectRequest, 'isAllowed' | 'chunkVerifier'>>;
  /** Resolves when every request that has come in is done. */
  settled(): Promise<void>;
  /** Sends a request as it is, with nothing a client would add. */
  send(request: PlainRequest): Promise<PlainAnswer>;
  /** Advances by one second whenever it is read. */
  now(): number;
  close(): Promise<void>;
}

interface PlainRequest {
  method?: string;
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

interface PlainAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export const testAccount = '111122223333';

/** Starts one on a free port; `openIndex` makes the index in a folder that `close` removes. */
export async function openBareEndpoint(
  openIndex: (folder: string, now: () => number) => Promise<{ objects: ObjectIndex; close(): Promise<void> }>,
): Promise<BareEndpoint> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-artifacts-'));
  let clock = Date.UTC(2026, 0, 1);
  const now = () => (clock += 1000);
  const store = await openIndex(folder, now);
  const errors: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const endpoint = createObjectEndpoint({
    index: store.objects,
    folder: join(folder, 'objects'),
    keySealer: createSealer(createMasterKeys(), 'object data keys'),
    now,
    log,
  });
  const overrides: BareEndpoint['overrides'] = {};
  const front = await serveEndpoint(endpoint, overrides);
  return {
    ...front,
    folder: join(folder, 'objects'),
    index: store.objects,
    errors,
    endpoint,
    overrides,
    now,
    async close() {
      await front.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Puts an endpoint behind a port. */
export async function serveEndpoint(
  endpoint: ObjectEndpoint,
  overrides: BareEndpoint['overrides'] = {},
): Promise<Pick<BareEndpoint, 'port' | 'url' | 'settled' | 'send' | 'close'>> {
  const handling = new Set<Promise<void>>();
  const answer = (request: IncomingMessage, response: ServerResponse, sendContinue: () => void) => {
    const handled = endpoint.handle(Object.assign(requestOf(request, sendContinue), overrides), response);
    handling.add(handled);
    void handled.then(() => handling.delete(handled));
  };
  const server = createServer((request, response) => answer(request, response, () => undefined));
  server.on('checkContinue', (request, response) => answer(request, response, () => response.writeContinue()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    settled: async () => void (await Promise.all(handling)),
    send: (request) => sendPlain(port, request),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendPlain(port: number, { method = 'GET', path, headers, body }: PlainRequest): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      // Cut short before its end.
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function requestOf(request: IncomingMessage, sendContinue: () => void): ObjectRequest {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  request.on('error', () => undefined);
  return {
    method: request.method ?? 'GET',
    path,
    query,
    isPresigned: query.includes('X-Amz-Signature'),
    headers: request.headers,
    host: request.headers.host ?? '',
    get body() {
      sendContinue();
      sendContinue = () => undefined;
      return request;
    },
    account: testAccount,
    region: /\/\d{8}\/([^/]+)\/s3\//.exec(request.headers.authorization ?? '')?.[1] ?? 'us-east-1',
    requestId: 'request-1',
    isAllowed: () => true,
    denial: (action, bucket, key) => `no ${action} on ${bucket}/${key ?? ''}`,
    checkPolicy: () => ({ isPublic: false }),
  };
}
