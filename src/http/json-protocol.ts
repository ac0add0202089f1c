import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { parseBody } from '../contract/body.ts';
import { checkInput } from '../contract/check.ts';
import { ServiceError } from '../contract/errors.ts';
import { isOperationName, type OperationName, targetPrefix } from '../contract/model.ts';
import { AuthenticationError } from '../identity/authentication-error.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { denialMessage, isAllowed } from '../identity/authorize.ts';
import { jsonRefusal } from '../identity/refusals.ts';
import { pipelineArn } from '../model/arn.ts';
import { operations } from '../operations/index.ts';
import type { Call, Operation, Parts } from '../operations/operation.ts';
import { closeAfterAnswer, readBody } from './body.ts';
import { type Exchange, send } from './exchange.ts';
import { readWaitMs } from './wait-header.ts';

const contentType = 'application/x-amz-json-1.1';

/** What the JSON front door needs. */
export interface JsonProtocol {
  authenticator: Authenticator;
  parts: Parts;
  /** How long a poll is held for callers that do not say; 0 answers at once as AWS does. */
  defaultWaitMs: number;
  /** The calls under way: a server that stops aborts them, so that held polls answer at once. */
  openCalls: Set<AbortController>;
  log: Logger;
}

/** Answers one AWS JSON 1.1 request (wire §1–§5); every failure becomes an answer. */
export async function answerJson(exchange: Exchange, protocol: JsonProtocol): Promise<void> {
  try {
    const output = await perform(exchange, protocol);
    // Operations without an output answer an empty body, not `{}` (wire §2).
    sendJson(exchange, 200, output === undefined ? '' : JSON.stringify(output));
  } catch (error) {
    // Nobody is left to answer, and a body that broke off is no failure of ours.
    if (exchange.response.destroyed) return;
    sendError(exchange, toServiceError(error, exchange, protocol.log));
  }
}

async function perform(exchange: Exchange, protocol: JsonProtocol): Promise<unknown> {
  const { authenticator, parts, defaultWaitMs } = protocol;
  const { request, response, path, query } = exchange;
  const name = readTarget(exchange);
  const body = await readBody(exchange);
  if (!body) {
    closeAfterAnswer(exchange);
    throw new ServiceError('RequestEntityTooLargeException', 'The request body is too large.');
  }
  const authentication = await authenticator.authenticate({
    service: 'codepipeline',
    method: request.method ?? '',
    path,
    query,
    headers: request.headers,
    payloadHash: createHash('sha256').update(body).digest('hex'),
  });
  const { caller, region } = authentication;
  const scope = { account: caller.account, region };
  const resourceArn = pipelineArn(scope, '*');
  const action = `codepipeline:${name}`;
  if (!isAllowed(caller, action, { arn: resourceArn })) {
    throw new ServiceError('AccessDeniedException', denialMessage(caller, action));
  }
  const input = checkInput(name, parseBody(body));
  const open = new AbortController();
  protocol.openCalls.add(open);
  response.once('close', () => {
    protocol.openCalls.delete(open);
    open.abort();
  });
  const call: Call = {
    ...scope,
    callerArn: caller.arn,
    waitMs: readWaitMs(request.headers) ?? defaultWaitMs,
    signal: open.signal,
  };
  return callOperation(name, input, call, parts);
}

function callOperation<Name extends OperationName>(
  name: Name,
  input: Parameters<Operation<Name>>[0],
  call: Call,
  parts: Parts,
) {
  return operations[name](input, call, parts);
}

/** The operation the request names. An unknown one, or another content type, is no operation of ours (wire §4). */
function readTarget({ request }: Exchange): OperationName {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  const [prefix, name = '', ...more] = String(request.headers['x-amz-target'] ?? '').split('.');
  const isKnown = prefix === targetPrefix && more.length === 0 && isOperationName(name);
  if (request.method !== 'POST' || mediaType.trim().toLowerCase() !== contentType || !isKnown) {
    throw new ServiceError('UnknownOperationException');
  }
  return name;
}

function toServiceError(error: unknown, { requestId }: Exchange, log: Logger): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof AuthenticationError) {
    log.info({ requestId, reason: error.reason }, 'refused a request that is not properly signed');
    return jsonRefusal(error);
  }
  log.error({ requestId, err: error }, 'an operation failed');
  return new ServiceError('InternalFailure');
}

function sendError(exchange: Exchange, { code, message, httpStatus }: ServiceError): void {
  // The front door of the real service spells its own text with a capital (wire §3).
  const member = code === 'SerializationException' ? 'Message' : 'message';
  sendJson(exchange, httpStatus, JSON.stringify({ __type: code, [member]: message === '' ? undefined : message }));
}

function sendJson(exchange: Exchange, status: number, body: string): void {
  send(exchange, status, { 'Content-Type': contentType, 'x-amzn-RequestId': exchange.requestId }, body);
}
