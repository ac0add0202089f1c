import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { ServiceError } from '../../contract/errors.ts';
import { AuthenticationError } from '../../identity/signatures/authentication-error.ts';
import type { Authenticator } from '../../identity/signatures/authenticator.ts';
import { jsonRefusal } from '../../identity/signatures/refusals.ts';
import { peekCredentialScope } from '../../identity/signatures/signature-claim.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { recordCaller } from '../call-record.ts';
import { callContext } from '../client-address.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { type OpenCalls, readWaitMs } from '../open-calls.ts';
import { systemRefusal } from '../system-refusal.ts';
import { type FrontDoor, signedHeaders } from './front-door.ts';
import { errorAnswer, jsonAnswer, type Refusal } from './json-answer.ts';
import { type JsonService, protocolOf, readTarget } from './json-protocol.ts';
import { findJsonOperation, isEmptyPoll, type JsonOperation, type JsonParts, type RestOfCall } from './json-service.ts';

/** What the JSON front door needs. */
export interface JsonDoorParts extends JsonParts {
  authenticator: Authenticator;
  /** How long polls are held for callers that do not say; 0 answers immediately, as AWS does. */
  defaultWaitMs: number;
  openCalls: OpenCalls;
  bodyTimeoutMs: number;
  budget: BodyBudget;
  log: Logger;
}

/** Serves AWS JSON: CodePipeline's API, our own operations and those of other services (wire 1, 2, 3, 4, 5). */
export function createJsonDoor(parts: JsonDoorParts): FrontDoor<RestOfCall> {
  return {
    name: 'codepipeline',
    matches: ({ request: { headers }, query }) =>
      headers['x-amz-target'] !== undefined ||
      headers['content-type']?.startsWith('application/x-amz-json-') === true ||
      protocolOf(peekCredentialScope(headers, query)?.service ?? '') !== undefined,
    authenticate: (exchange) => admit(exchange, parts),
    // Not async: its frame would add 0.2 KB to each held poll.
    perform: (perform, exchange) => perform().then((output) => outputAnswer(exchange, output)),
    refuse: (error, exchange) => errorAnswer(exchange, toRefusal(error, exchange, parts.log)),
  };
}

function outputAnswer(exchange: Exchange, output: unknown): Answer {
  exchange.record.isRoutine = isEmptyPoll(exchange.record.operation, output);
  // Operations without an output return an empty body, not `{}` (wire 2).
  return jsonAnswer(exchange, 200, output === undefined ? '' : JSON.stringify(output));
}

/** Authenticates the call, reads its input and authorizes it. */
async function admit(exchange: Exchange, parts: JsonDoorParts): Promise<RestOfCall> {
  const { authenticator, defaultWaitMs, openCalls, budget, bodyTimeoutMs } = parts;
  const { request, path, query, record } = exchange;
  const operation = findOperation(exchange, parts);
  record.operation = operation.name;
  const identifying = authenticator.identify({
    service: operation.service,
    method: request.method ?? '',
    path,
    query,
    headers: signedHeaders(request),
  });
  // Each await would cost a turn of the microtask queue.
  const identified = identifying instanceof Promise ? await identifying : identifying;
  const { isVerified } = identified;
  const { maxBytes } = operation.bodyLimits;
  const body = await readBody(exchange, { budget, timeoutMs: bodyTimeoutMs, maxBytes, isVerified });
  const payloadHash = hash('sha256', body);
  const authentication = identified.verify(payloadHash);
  recordCaller(record, authentication);
  const { caller, region } = authentication;
  const waitMs = readWaitMs(request.headers) ?? defaultWaitMs;
  const signal = openCalls.open(exchange, { isPoll: operation.isPoll, waitMs });
  const { account, accessKeyId, arn: callerArn } = caller;
  const origin = { callerArn, accessKeyId, requestId: exchange.requestId };
  const call = { account, region, callerArn, origin, waitMs, signal };
  const admitting = operation.admit({ bytes: body, hash: payloadHash }, caller, call, callContext(request, region));
  const rest = admitting instanceof Promise ? await admitting : admitting;
  if (waitMs > 0) dropHeaders(exchange);
  return rest;
}

/** Frees the headers of a request that may be held; there can be thousands of them. */
function dropHeaders({ request }: Exchange): void {
  const { origin } = request.headers;
  request.headers = origin === undefined ? noHeaders : { origin };
  request.headersDistinct = noHeaders;
  request.rawHeaders = noTexts;
}

const noHeaders = Object.freeze({});
const noTexts: string[] = [];

/** Returns the operation the request names. AWS takes an unknown one and another content type for the same (wire 4). */
function findOperation({ request, record }: Exchange, parts: JsonParts): JsonOperation {
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = findJsonOperation(target, parts);
  if (!operation) {
    const { protocol, name } = readTarget(target);
    if (protocol) record.service = protocol.name;
    throw new ServiceError('UnknownOperationException', unservedMessage(protocol?.name, name));
  }
  record.service = operation.service;
  const { contentType } = operation;
  const type = request.headers['content-type'] ?? '';
  const isJson = type === contentType || type.split(';')[0]?.trim().toLowerCase() === contentType;
  if (request.method === 'POST' && isJson) return operation;
  throw new ServiceError('UnknownOperationException');
}

/** Says that the operation of another service is not served; CodePipeline itself says nothing here (wire 4). */
function unservedMessage(service: JsonService | undefined, name: string): string {
  if (service === undefined || service === 'codepipeline' || service === 'millrace') return '';
  const shown = /^\w{1,100}$/.test(name) ? `'${name}' ` : '';
  return `Millrace does not serve the operation ${shown}of ${service}; docs/compatibility.md lists those that it serves.`;
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
