import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createExternalStore } from '../../../src/artifacts/gateway/external-store.ts';
import { createStoreConnection } from '../../../src/artifacts/gateway/store-connection.ts';
import { createGatewayEndpoint } from '../../../src/artifacts/object-endpoint.ts';
import { serveEndpoint, testAccount } from './bare-endpoint.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a store that responds with `answer`, and an endpoint in front of it; both are closed after the test. */
export async function openGateway(answer: Answer, options: { bucketPrefix?: string; passesEncryption?: boolean } = {}) {
  const requests: { line: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { bucketPrefix = '', passesEncryption = false } = options;
  const connection = createStoreConnection(url);
  const store = createExternalStore({
    url,
    region: 'us-east-1',
    addressing: 'path',
    bucketPrefix,
    account: testAccount,
    connection,
    sign: ({ headers, payloadHash }) => ({ ...headers, 'x-amz-content-sha256': payloadHash }),
  });
  const errors: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const endpoint = createGatewayEndpoint({ store, passesEncryption });
  const overrides = {};
  const front = await serveEndpoint(endpoint, { overrides, log });
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(async () => {
    await front.close();
    connection.close();
    await stop();
  });
  return { ...front, requests, errors, overrides, stop, objects: endpoint.objects };
}
