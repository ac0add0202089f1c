import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ServiceError } from '../contract/errors.ts';
import { peekCredentialScope } from '../identity/signatures/signature-claim.ts';
import { BodyBudget } from './body-budget.ts';
import { observeCall, tell } from './call-log.ts';
import type { CallSignal } from './call-signal.ts';
import { limitConnections } from './connection-limits.ts';
import { type Exchange, openExchange } from './exchange.ts';
import { answerOwn, type OwnPaths, ownPrefix } from './front-doors/internal-routes.ts';
import { answerJson, type JsonProtocol, sendError } from './front-doors/json.ts';
import { answerPreflight, isPreflight } from './front-doors/preflight.ts';
import { answerObjects, type ObjectFrontDoor } from './front-doors/s3.ts';
import { answerSts, type StsFrontDoor } from './front-doors/sts.ts';
import { watchDatabase } from './health.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { createMetrics, type MetricSources } from './metrics.ts';
import { type Malformed, malformedOf, noTunnel, recordOfMalformed, refuseConnection } from './protocol-errors.ts';
import { createRequestIds } from './request-ids.ts';
import { systemRefusal } from './system-refusal.ts';
import type { TlsKeyPair } from './tls.ts';
import { createTraffic, type Traffic } from './traffic.ts';
import { TransferSlots } from './transfer-slots.ts';

/** What `listen` makes itself, for all front doors. */
type OwnWork =
  | 'found'
  | 'openCalls'
  | 'budget'
  | 'transfers'
  | 'bodyTimeoutMs'
  | 'isDraining'
  | 'databaseHealth'
  | 'metrics';

/** Everything the port serves. */
export interface HttpParts
  extends Omit<JsonProtocol, OwnWork>,
    Omit<OwnPaths, OwnWork>,
    Omit<ObjectFrontDoor, OwnWork>,
    Pick<StsFrontDoor, 'roles'>,
    Omit<MetricSources, 'countConnections'> {
  /** Serves HTTPS when there is a certificate, plain HTTP otherwise. */
  tls?: TlsKeyPair;
  /** Those not given are the defaults. */
  limits?: Partial<Limits>;
  newId(): string;
}

/** A listening port. */
export interface HttpServer {
  port: number;
  /** Shows another certificate from now on; open connections keep theirs. Without effect on plain HTTP. */
  replaceCertificate(tls: TlsKeyPair): void;
  /** Takes no more requests, answers held polls at once, lets open requests end, cuts those that do not. */
  close(): Promise<void>;
}

type FrontDoors = JsonProtocol & OwnPaths & ObjectFrontDoor & StsFrontDoor;

/** Serves CodePipeline, S3, STS and our own paths on one port; rejects when the port cannot be had. */
export async function listen(address: { host: string; port: number }, parts: HttpParts): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...parts.limits };
  const server = createHttpServer(parts.tls, limits);
  const openCalls = new Set<CallSignal>();
  const traffic = createTraffic(server, {
    closeGraceMs: limits.closeGraceMs,
    onDrain: () => {
      for (const call of openCalls) call.abort();
    },
  });
  const metrics = createMetrics({
    readWaiting: parts.readWaiting,
    readPolled: parts.readPolled,
    outcomes: parts.outcomes,
    now: parts.now,
    countConnections: traffic.countConnections,
    countDroppedLogLines: parts.countDroppedLogLines,
  });
  limitConnections(server, { maxConnections: limits.maxConnections, metrics, log: parts.log });
  const doors: FrontDoors = {
    ...parts,
    found: new Map(),
    openCalls,
    metrics,
    isDraining: traffic.isDraining,
    databaseHealth: watchDatabase(parts.parts.store),
    bodyTimeoutMs: limits.bodyTimeoutMs,
    budget: new BodyBudget(limits.heldBodyBytes),
    transfers: new TransferSlots(limits.transfers),
  };
  const newRequestId = createRequestIds(parts.newId);
  serveRequests(server, { doors, traffic, newRequestId });
  serveMistakes(server, { doors, traffic, newRequestId });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      // Such as too many open files while accepting: one connection fails, the server goes on.
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

/** That a connection broke is seen at its end. */
function nobodyIsTold(): void {}

interface Serving {
  doors: FrontDoors;
  traffic: Traffic;
  newRequestId(): string;
}

function serveRequests(server: Server, { doors, traffic, newRequestId }: Serving): void {
  const answer = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', nobodyIsTold);
    response.on('error', nobodyIsTold);
    const open = () => {
      const exchange = openExchange(request, response, newRequestId(), expectsContinue);
      observeCall(exchange, doors);
      return exchange;
    };
    traffic.enter(request, open, (exchange) => {
      route(exchange, doors).catch((error: unknown) => {
        const unavailable = systemRefusal(error, exchange, doors.log);
        if (!unavailable) {
          doors.log.error({ requestId: exchange.requestId, err: error }, 'a request could not be answered');
        }
        if (response.headersSent) response.destroy();
        else sendError(exchange, unavailable ?? new ServiceError('InternalFailure'));
      });
    });
  };
  server.on('request', answer(false));
  server.on('checkContinue', answer(true));
  // An expectation nobody knows is no reason to refuse (RFC 9110 §10.1.1 leaves the choice).
  server.on('checkExpectation', answer(false));
}

/** What never becomes a request: it is answered as clients of the API expect, and its connection ends. */
function serveMistakes(server: Server, { doors, traffic, newRequestId }: Serving): void {
  const refused = new WeakSet<Duplex>();
  const refuse = (socket: Duplex, malformed: Malformed): void => {
    refused.add(socket);
    const requestId = newRequestId();
    refuseConnection(socket, malformed, requestId);
    tell(recordOfMalformed(malformed), { requestId, httpStatus: malformed.httpStatus, ms: 0 }, doors);
  };
  server.on('clientError', (error, socket) => {
    if (refused.has(socket)) return;
    const malformed = malformedOf(error);
    const running = traffic.runningOn(socket);
    if (running?.request.complete) traffic.whenIdle(socket, () => socket.end());
    else if (malformed && running && !running.response.headersSent) sendError(running, malformed);
    else if (malformed && !running && socket.writable && wasUsed(socket)) refuse(socket, malformed);
    else socket.destroy();
  });
  server.on('connect', (_request, socket) => traffic.whenIdle(socket, () => refuse(socket, noTunnel)));
}

/** Browsers open connections in advance; one that never carried a byte has nobody to tell anything. */
function wasUsed(socket: Duplex): boolean {
  return !('bytesRead' in socket) || socket.bytesRead !== 0;
}

/** A JSON call by its target, our own paths by theirs, everything else by the scope of its signature. */
async function route(exchange: Exchange, doors: FrontDoors): Promise<void> {
  const { headers } = exchange.request;
  if (exchange.path.startsWith(ownPrefix)) return answerOwn(exchange, doors);
  if (isPreflight(exchange)) return answerPreflight(exchange);
  if (headers['x-amz-target'] !== undefined || isJsonCall(headers['content-type'])) return answerJson(exchange, doors);
  const service = peekCredentialScope(headers, exchange.query)?.service;
  if (service === 'codepipeline') return answerJson(exchange, doors);
  if (service === 'sts') return answerSts(exchange, doors);
  return answerObjects(exchange, doors);
}

function isJsonCall(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/x-amz-json-') ?? false;
}
