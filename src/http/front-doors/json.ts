import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { ServiceError } from '../../contract/errors.ts';
import { AuthenticationError } from '../../identity/signatures/authentication-error.ts';
import type { Authenticator } from '../../identity/signatures/authenticator.ts';
import { jsonRefusal } from '../../identity/signatures/refusals.ts';
import type { CallEnd } from '../../model/call-end.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { isEmptyPoll, isPoll, recordCaller } from '../call-record.ts';
import { CallSignal } from '../call-signal.ts';
import { type Exchange, send, signedHeaders } from '../exchange.ts';
import { readWaitMs } from '../long-poll-header.ts';
import type { Metrics } from '../metrics.ts';
import { systemRefusal } from '../system-refusal.ts';
import { callContext } from './call-context.ts';
import { findJsonOperation, type JsonOperation, type JsonParts } from './json-service.ts';
import { crossOriginHeaders } from './preflight.ts';

const contentType = 'application/x-amz-json-1.1';

/** What the JSON front door needs. */
export interface JsonProtocol extends JsonParts {
  authenticator: Authenticator;
  /** How long a poll is held for callers that do not say; 0 answers at once as AWS does. */
  defaultWaitMs: number;
  /** The calls under way: a server that stops aborts them, so that held polls answer at once. */
  openCalls: Set<CallSignal>;
  /** A body that takes longer is given up. */
  bodyTimeoutMs: number;
  budget: BodyBudget;
  /** A server that stops holds no poll. */
  isDraining(): boolean;
  metrics: Metrics;
  log: Logger;
}

/** What an error answer is made of. */
interface Refusal {
  code: string;
  message: string;
  httpStatus: number;
}

/** Answers one AWS JSON 1.1 request (wire 1, 2, 3, 4, 5); every failure becomes an answer. */
export async function answerJson(exchange: Exchange, protocol: JsonProtocol): Promise<void> {
  exchange.record.service = 'codepipeline';
  try {
    const run = await admit(exchange, protocol);
    // Nothing of the request itself is needed while the call runs, and a poll may be held for a while.
    const output = await run();
    exchange.record.isRoutine = isEmptyPoll(exchange.record.operation, output);
    // Operations without an output answer an empty body, not `{}` (wire 2).
    sendJson(exchange, 200, output === undefined ? '' : JSON.stringify(output));
  } catch (error) {
    // Nobody is left to answer, or a broken body has been answered; that it broke off is no failure of ours.
    if (exchange.isOver() || exchange.response.headersSent) return;
    sendError(exchange, toRefusal(error, exchange, protocol.log));
  }
}

/** Reads and checks the call; what is left to do is the operation itself. */
async function admit(exchange: Exchange, protocol: JsonProtocol): Promise<() => Promise<unknown>> {
  const { authenticator, defaultWaitMs, budget, bodyTimeoutMs } = protocol;
  const { request, path, query, record } = exchange;
  const operation = readTarget(exchange, protocol);
  record.service = operation.service;
  record.operation = operation.name;
  // A stranger is refused before the body is read.
  const identified = await authenticator.identify({
    service: operation.service,
    method: request.method ?? '',
    path,
    query,
    headers: signedHeaders(request),
  });
  const { isVerified } = identified;
  const { maxBytes } = operation.bodyLimits;
  const body = await readBody(exchange, { budget, timeoutMs: bodyTimeoutMs, maxBytes, isVerified });
  const payloadHash = hash('sha256', body);
  const authentication = identified.verify(payloadHash);
  recordCaller(record, authentication);
  const { caller, region } = authentication;
  const waitMs = readWaitMs(request.headers) ?? defaultWaitMs;
  const signal = openCall(exchange, protocol, waitMs);
  const { account, accessKeyId, arn: callerArn } = caller;
  const origin = { callerArn, accessKeyId, requestId: exchange.requestId };
  const call = { account, region, callerArn, origin, waitMs, signal };
  const run = await operation.admit({ bytes: body, hash: payloadHash }, caller, call, callContext(exchange, region));
  if (waitMs > 0) dropHeaders(exchange);
  return run;
}

/** What has been read of a request that may be held; there can be thousands of them. */
function dropHeaders({ request }: Exchange): void {
  const { origin } = request.headers;
  request.headers = origin === undefined ? noHeaders : { origin };
  request.headersDistinct = noHeaders;
  request.rawHeaders = noTexts;
}

const noHeaders = Object.freeze({});
const noTexts: string[] = [];

/** The end of a call that is over before anybody can leave. */
const neverHeld: CallEnd = {
  aborted: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};

/** A signal that aborts when nobody waits for the answer any more: the client has gone, or the server stops. */
function openCall(exchange: Exchange, protocol: JsonProtocol, waitMs: number): CallEnd {
  const isOfPoll = isPoll(exchange.record.operation);
  if (isOfPoll && waitMs === 0) return neverHeld;
  const open = new CallSignal();
  protocol.openCalls.add(open);
  const held = isOfPoll ? protocol.metrics.holdPoll() : undefined;
  exchange.whenOver(() => {
    held?.release();
    protocol.openCalls.delete(open);
    open.abort();
  });
  if (protocol.isDraining()) open.abort();
  return open;
}

/** The operation the request names. An unknown one, or another content type, is no operation of ours (wire 4). */
function readTarget({ request }: Exchange, parts: JsonParts): JsonOperation {
  const type = request.headers['content-type'] ?? '';
  const isJson = type === contentType || type.split(';')[0]?.trim().toLowerCase() === contentType;
  const operation = findJsonOperation(String(request.headers['x-amz-target'] ?? ''), parts);
  if (request.method !== 'POST' || !isJson || !operation) {
    throw new ServiceError('UnknownOperationException');
  }
  return operation;
}

function toRefusal(error: unknown, exchange: Exchange, log: Logger): Refusal {
  const { requestId, record } = exchange;
  const unavailable = systemRefusal(error, exchange, log);
  if (unavailable) return unavailable;
  if (error instanceof ServiceError) return error;
  if (error instanceof BodyError) return bodyRefusal(error);
  if (error instanceof AuthenticationError) {
    record.reason = error.reason;
    return jsonRefusal(error);
  }
  log.error({ requestId, err: error }, 'an operation failed');
  return new ServiceError('InternalFailure');
}

function bodyRefusal({ reason, message }: BodyError): Refusal {
  if (reason === 'too large') return new ServiceError('RequestEntityTooLargeException', message);
  if (reason === 'too many') return new ServiceError('ServiceUnavailable', message);
  // SDKs retry this code.
  return { code: 'RequestTimeoutException', message, httpStatus: 408 };
}

/** Answers an error in the form of AWS JSON 1.1. */
export function sendError(exchange: Exchange, { code, message, httpStatus }: Refusal): void {
  exchange.record.outcome = code;
  // The front door of the real service spells its own text with a capital (wire 3).
  const member = code === 'SerializationException' ? 'Message' : 'message';
  sendJson(exchange, httpStatus, JSON.stringify({ __type: code, [member]: message === '' ? undefined : message }));
}

function sendJson(exchange: Exchange, status: number, body: string): void {
  const headers: Record<string, string> = {
    'Content-Type': contentType,
    'x-amzn-RequestId': exchange.requestId,
    'Content-Length': '',
  };
  if (exchange.request.headers.origin !== undefined) Object.assign(headers, crossOriginHeaders(exchange));
  send(exchange, status, headers, body);
}
