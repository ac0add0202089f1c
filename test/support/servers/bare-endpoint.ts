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
import { type Logger, pino } from 'pino';
import { createObjectEndpoint, type ObjectEndpoint } from '../../../src/artifacts/object-endpoint.ts';
import type { ChunkSignatures } from '../../../src/artifacts/protocol/object-request.ts';
import { S3Error } from '../../../src/artifacts/protocol/s3-error.ts';
import { openExchange } from '../../../src/http/exchange.ts';
import { serve } from '../../../src/http/front-doors/front-door.ts';
import { createS3Door } from '../../../src/http/front-doors/s3.ts';
import type { S3Access } from '../../../src/http/front-doors/s3-access.ts';
import { defaultLimits } from '../../../src/http/limits.ts';
import { TransferSlots } from '../../../src/http/transfer-slots.ts';
import { HmacKey } from '../../../src/identity/hmac-key.ts';
import { createMasterKeys } from '../../../src/identity/secrets/master-key.ts';
import { createSealer } from '../../../src/identity/secrets/sealer.ts';
import type { Authentication } from '../../../src/identity/signatures/authenticator.ts';
import { headerText, type SignedRequest } from '../../../src/identity/signatures/signed-request.ts';
import type { ObjectIndex } from '../../../src/store/objects/object-index.ts';

/** A server with only the object endpoint, which accepts every caller. */
export interface BareEndpoint {
  port: number;
  url: string;
  folder: string;
  index: ObjectIndex;
  endpoint: ObjectEndpoint;
  /** The logged errors. */
  errors: string[];
  /** Overrides for the next requests. */
  overrides: Overrides;
  /** Resolves when all requests are finished. */
  settled(): Promise<void>;
  /** Sends a request without anything that a client would add. */
  send(request: PlainRequest): Promise<PlainAnswer>;
  /** Advances by one second on every read. */
  now(): number;
  close(): Promise<void>;
}

interface Overrides {
  account?: string;
  isAllowed?(action: string, bucket: string, key?: string): boolean;
  chunkVerifier?: ChunkSignatures;
}

interface PlainRequest {
  method?: string;
  /** Includes the query. */
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

/** Starts a server on a free port; `openIndex` creates the index in a folder that `close` removes. */
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
  const overrides: Overrides = {};
  const front = await serveEndpoint(endpoint, { overrides, log });
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

/** Serves an endpoint through the front door of S3, treating every caller as allowed. */
export async function serveEndpoint(
  endpoint: ObjectEndpoint,
  { overrides, log }: { overrides: Overrides; log: Logger },
): Promise<Pick<BareEndpoint, 'port' | 'url' | 'settled' | 'send' | 'close'>> {
  const door = createS3Door({
    authenticator: { authenticate: async (request) => authenticationOf(request, overrides) },
    accessOf: () => accessWith(overrides),
    transfers: new TransferSlots(defaultLimits.transfers),
    endpoint: {
      ...endpoint,
      resolve: (request) => endpoint.resolve({ ...request, chunkVerifier: overrides.chunkVerifier }),
    },
    log,
  });
  const running = new Set<Promise<void>>();
  const fail = (error: unknown) => {
    throw error;
  };
  const answer = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => undefined);
    const served = serve(openExchange(request, response, 'request-1', expectsContinue), door, fail);
    running.add(served);
    void served.then(() => running.delete(served));
  };
  const server = createServer(answer(false));
  server.on('checkContinue', answer(true));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    settled: async () => void (await Promise.all(running)),
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
      // The response was cut off.
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

function authenticationOf({ query, headers }: SignedRequest, { account = testAccount }: Overrides): Authentication {
  return {
    caller: { kind: 'root', account, accessKeyId: 'AKIATEST', arn: `arn:aws:iam::${account}:root`, userId: account },
    service: 's3',
    isPresigned: query.includes('X-Amz-Signature'),
    region: /\/\d{8}\/([^/]+)\/s3\//.exec(headerText(headers, 'authorization'))?.[1] ?? 'us-east-1',
    signedAt: 0,
    payloadHash: '',
    seed: { signature: '', signingKey: new HmacKey(Buffer.alloc(0)), scope: '', date: '' },
  };
}

function accessWith(overrides: Overrides): S3Access {
  const access: S3Access = {
    learn: async () => undefined,
    isAllowed: ({ action, bucket, key }) => overrides.isAllowed?.(action, bucket, key) ?? true,
    denial: ({ action, bucket, key }) => `no ${action} on ${bucket}/${key ?? ''}`,
    require(right) {
      if (!access.isAllowed(right)) throw new S3Error('AccessDenied', access.denial(right));
    },
    checkPolicy: () => ({ isPublic: false }),
  };
  return access;
}
