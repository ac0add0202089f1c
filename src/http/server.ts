import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ServiceError } from '../contract/errors.ts';
import { BodyBudget } from './body-budget.ts';
import { logCall, logEndedCall, type Observers } from './call-log.ts';
import { limitConnections } from './connection-limits.ts';
import { createRequestIds, type Exchange, openExchange } from './exchange.ts';
import { createFrontDoors, type FrontDoorParts } from './front-doors/create-front-doors.ts';
import { type FrontDoor, serve } from './front-doors/front-door.ts';
import { errorAnswer } from './front-doors/json-answer.ts';
import { watchDatabase } from './health.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { createMetrics, type MetricSources } from './metrics.ts';
import { OpenCalls } from './open-calls.ts';
import { type Malformed, malformedOf, noTunnel, recordOfMalformed, refuseConnection } from './protocol-errors.ts';
import type { TlsKeyPair } from './tls.ts';
import { createTraffic, type Traffic } from './traffic.ts';
import { TransferSlots } from './transfer-slots.ts';

/** What `listen` creates for the front doors. */
type CreatedParts =
  | 'found'
  | 'openCalls'
  | 'budget'
  | 'transfers'
  | 'bodyTimeoutMs'
  | 'isDraining'
  | 'databaseHealth'
  | 'metrics';

/** Everything the port serves. */
export interface HttpParts extends Omit<FrontDoorParts, CreatedParts>, Omit<MetricSources, 'countConnections'> {
  /** Serves HTTPS if there is a certificate, plain HTTP otherwise. */
  tls?: TlsKeyPair;
  /** Override the defaults. */
  limits?: Partial<Limits>;
  newId(): string;
}

/** A listening port. */
export interface HttpServer {
  port: number;
  /** Uses another certificate from now on; open connections keep theirs. Without effect on plain HTTP. */
  replaceCertificate(tls: TlsKeyPair): void;
  /** Accepts no more connections, answers held polls, lets running requests end, and cuts those that take too long. */
  close(): Promise<void>;
}

/** Serves CodePipeline, S3, STS and our own paths on one port; rejects if it cannot listen there. */
export async function listen(address: { host: string; port: number }, parts: HttpParts): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...parts.limits };
  const server = createHttpServer(parts.tls, limits);
  const traffic = createTraffic(server, { closeGraceMs: limits.closeGraceMs, onDrain: () => openCalls.abort() });
  const metrics = createMetrics({ ...parts, countConnections: traffic.countConnections });
  const openCalls = new OpenCalls(metrics);
  limitConnections(server, { maxConnections: limits.maxConnections, metrics, log: parts.log });
  const doors = createFrontDoors({
    ...parts,
    found: new Map(),
    openCalls,
    metrics,
    isDraining: traffic.isDraining,
    databaseHealth: watchDatabase(parts.parts.store),
    bodyTimeoutMs: limits.bodyTimeoutMs,
    budget: new BodyBudget(limits.heldBodyBytes),
    transfers: new TransferSlots(limits.transfers),
  });
  const serving = {
    doors,
    traffic,
    observers: { log: parts.log, metrics },
    newRequestId: createRequestIds(parts.newId),
  };
  serveRequests(server, serving);
  serveMistakes(server, serving);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      // Such as too many open files while accepting, which fails one connection only.
      server.on('error', (error) => parts.log.error({ err: error }, 'the port failed'));
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    replaceCertificate({ cert, key }) {
      if (server instanceof TlsServer) server.setSecureContext({ cert, key });
    },
    close: traffic.drain,
  };
}

function createHttpServer(tls: TlsKeyPair | undefined, limits: Limits): Server {
  const { headersTimeoutMs, maxHeaderBytes, silenceMs } = limits;
  const options = {
    keepAliveTimeout: 65_000,
    // No limit on a request as a whole, or a large upload over a slow line would be cut; silence is limited.
    requestTimeout: 0,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs / 4, 5000),
    maxHeaderSize: maxHeaderBytes,
    // Each service refuses in its own words a request that is not signed for a host.
    requireHostHeader: false,
  };
  const server = tls
    ? createTlsServer({ ...options, cert: tls.cert, key: tls.key, handshakeTimeout: headersTimeoutMs })
    : createServer(options);
  server.setTimeout(silenceMs);
  return server;
}

/** A broken connection shows by 'close', which is handled. */
function ignoreError(): void {}

interface Serving {
  doors: FrontDoor[];
  traffic: Traffic;
  observers: Observers;
  newRequestId(): string;
}

function serveRequests(server: Server, { doors, traffic, observers, newRequestId }: Serving): void {
  const onEnd = (exchange: Exchange): void => {
    logEndedCall(exchange, observers);
    traffic.leave(exchange);
  };
  const onFault = (error: unknown, exchange: Exchange): void => {
    observers.log.error({ requestId: exchange.requestId, err: error }, 'a request could not be answered');
    if (exchange.canAnswer()) exchange.send(errorAnswer(exchange, new ServiceError('InternalFailure')));
    else exchange.cut();
  };
  const begin = (exchange: Exchange): void => void serve(exchange, doorOf(exchange, doors), onFault);
  const answer = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', ignoreError);
    response.on('error', ignoreError);
    traffic.enter(request, () => openExchange(request, response, newRequestId(), expectsContinue, onEnd), begin);
  };
  server.on('request', answer(false));
  server.on('checkContinue', answer(true));
  // RFC 9110 §10.1.1 allows ignoring an unknown expectation.
  server.on('checkExpectation', answer(false));
}

function doorOf(exchange: Exchange, doors: FrontDoor[]): FrontDoor {
  for (const door of doors) if (door.matches(exchange)) return door;
  throw new Error('no front door for this request');
}

/** Answers what never becomes a request in the form clients expect, and ends its connection. */
function serveMistakes(server: Server, { traffic, observers, newRequestId }: Serving): void {
  const refused = new WeakSet<Duplex>();
  const refuse = (socket: Duplex, malformed: Malformed): void => {
    refused.add(socket);
    const requestId = newRequestId();
    refuseConnection(socket, malformed, requestId);
    logCall(recordOfMalformed(malformed), { requestId, httpStatus: malformed.httpStatus, ms: 0 }, observers);
  };
  server.on('clientError', (error, socket) => {
    if (refused.has(socket)) return;
    const malformed = malformedOf(error);
    const running = traffic.runningOn(socket);
    if (running?.request.complete) traffic.whenIdle(socket, () => socket.end());
    else if (malformed && running?.canAnswer()) running.send(errorAnswer(running, malformed));
    else if (malformed && !running && socket.writable && wasUsed(socket)) refuse(socket, malformed);
    else socket.destroy();
  });
  server.on('connect', (_request, socket) => traffic.whenIdle(socket, () => refuse(socket, noTunnel)));
}

/** Browsers open connections in advance, and expect no answer on one that never carried a byte. */
function wasUsed(socket: Duplex): boolean {
  return !('bytesRead' in socket) || socket.bytesRead !== 0;
}
