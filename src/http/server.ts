import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { peekCredentialScope } from '../identity/signature-claim.ts';
import { type Exchange, openExchange } from './exchange.ts';
import { answerJson, type JsonProtocol } from './json-protocol.ts';
import { answerObjects, type ObjectFrontDoor } from './objects.ts';
import { answerOwn, ownPrefix } from './own.ts';
import { answerSts } from './sts.ts';

/** How long open requests may go on after `close` before their connections are cut. */
const closeGraceMs = 5000;

/** A connection on which nothing moves for so long is cut; longer than any poll is held. */
const silenceMs = 120_000;

/** Everything the port serves. */
export interface HttpParts extends Omit<JsonProtocol, 'openCalls'>, ObjectFrontDoor {
  version: string;
  newId(): string;
}

/** A listening port. */
export interface HttpServer {
  port: number;
  /** Takes no more requests, lets open ones end, cuts those that do not. */
  close(): Promise<void>;
}

/** Serves CodePipeline, S3, STS and our own paths on one port; rejects when the port cannot be had. */
export async function listen(address: { host: string; port: number }, parts: HttpParts): Promise<HttpServer> {
  // No limit on how long a request may take in all, or a large upload over a slow line would be cut; silence is limited.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 });
  server.setTimeout(silenceMs);
  const openCalls = new Set<AbortController>();
  const answer = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const exchange = openExchange(request, response, parts.newId(), expectsContinue);
    route(exchange, { ...parts, openCalls }).catch((error: unknown) => {
      parts.log.error({ requestId: exchange.requestId, err: error }, 'a request could not be answered');
      response.destroy();
    });
  };
  server.on('request', answer(false));
  server.on('checkContinue', answer(true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server, openCalls) };
}

/** A JSON call by its target, our own paths by theirs, everything else by the scope of its signature. */
async function route(exchange: Exchange, parts: HttpParts & JsonProtocol): Promise<void> {
  const { headers } = exchange.request;
  if (exchange.path.startsWith(ownPrefix)) return answerOwn(exchange, parts.version);
  if (headers['x-amz-target'] !== undefined || isJsonCall(headers['content-type'])) return answerJson(exchange, parts);
  const service = peekCredentialScope(headers, exchange.query)?.service;
  if (service === 'codepipeline') return answerJson(exchange, parts);
  if (service === 'sts') return answerSts(exchange, parts.authenticator, parts.log);
  return answerObjects(exchange, parts);
}

function isJsonCall(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/x-amz-json-') ?? false;
}

async function close(server: Server, openCalls: Set<AbortController>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const call of openCalls) call.abort();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(cut);
}
