import type { Logger } from 'pino';
import type { ObjectEndpoint } from '../../artifacts/object-endpoint.ts';
import type { Answer as ObjectAnswer } from '../../artifacts/protocol/call.ts';
import type { ObjectRequest } from '../../artifacts/protocol/object-request.ts';
import type { Refusal } from '../../artifacts/protocol/s3-error.ts';
import { buildErrorXml } from '../../artifacts/protocol/xml.ts';
import { explainFailure } from '../../artifacts/refusal.ts';
import { AuthenticationError } from '../../identity/signatures/authentication-error.ts';
import type { Authentication, Authenticator } from '../../identity/signatures/authenticator.ts';
import { createChunkVerifier } from '../../identity/signatures/chunk-signature.ts';
import { s3Refusal } from '../../identity/signatures/refusals.ts';
import { headerText } from '../../identity/signatures/signed-request.ts';
import { recordCaller } from '../call-record.ts';
import type { Answer, Exchange } from '../exchange.ts';
import type { TransferSlots } from '../transfer-slots.ts';
import { type FrontDoor, signedHeaders } from './front-door.ts';
import type { S3Access } from './s3-access.ts';

/** What the S3 front door needs. */
export interface S3DoorParts {
  authenticator: Pick<Authenticator, 'authenticate'>;
  accessOf(authentication: Authentication, exchange: Exchange): S3Access;
  transfers: TransferSlots;
  endpoint: ObjectEndpoint;
  log: Logger;
}

/** An upload over a slow line pauses longer than a small body does. */
const maxPauseMs = 5000;

/** Serves S3, and so every request that is not for another service. Verifies requests by their headers only. */
export function createS3Door(parts: S3DoorParts): FrontDoor<Authentication> {
  const { authenticator, endpoint, log } = parts;
  return {
    name: 's3',
    matches: () => true,
    async authenticate({ request, path, query, record }) {
      const { method = '', headers } = request;
      const authentication = await authenticator.authenticate({
        service: 's3',
        method,
        path,
        query,
        headers: signedHeaders(request),
        payloadHash: headerText(headers, 'x-amz-content-sha256'),
        resource: endpoint.objectResource(headers.host ?? '', path),
      });
      recordCaller(record, authentication);
      return authentication;
    },
    async perform(authentication, exchange) {
      try {
        return answerOf(await performCall(authentication, exchange, parts), exchange, log);
      } catch (error) {
        if (!exchange.canAnswer()) reportUnanswered(error, exchange, log);
        throw error;
      }
    },
    refuse: (error, exchange) => refusalAnswer(error, exchange, log),
  };
}

async function performCall(authentication: Authentication, exchange: Exchange, parts: S3DoorParts) {
  const { endpoint, transfers } = parts;
  const access = parts.accessOf(authentication, exchange);
  const resolved = await endpoint.resolve(requestOf(authentication, exchange));
  await access.learn(resolved.call);
  for (const right of resolved.rights) access.require(right);
  const leave = resolved.operation.isTransfer ? await transfers.enter(authentication.caller.arn, exchange) : undefined;
  try {
    return await endpoint.perform(resolved, {
      access,
      openBody() {
        exchange.continueOnce();
        return exchange.request;
      },
      whenOver: (listener) => exchange.whenOver(listener),
    });
  } finally {
    // The operation may outlast its client, and sending the answer outlasts the operation.
    if (leave) exchange.whenOver(leave);
  }
}

function requestOf(authentication: Authentication, { request, path, query, requestId }: Exchange): ObjectRequest {
  const { caller, region, seed, payloadHash, isPresigned } = authentication;
  const { method = '', headers } = request;
  return {
    method,
    path,
    query,
    headers,
    host: headers.host ?? '',
    payloadHash,
    isPresigned,
    account: caller.account,
    region,
    requestId,
    chunkVerifier: createChunkVerifier(seed),
  };
}

function answerOf({ status, headers, xml, json, stream }: ObjectAnswer, exchange: Exchange, log: Logger): Answer {
  const text = xml ?? json;
  const all: ObjectAnswer['headers'] = {
    'x-amz-request-id': exchange.requestId,
    ...(text !== undefined && { 'Content-Type': json === undefined ? 'application/xml' : 'application/json' }),
    ...headers,
  };
  const defined = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    status,
    headers: Object.fromEntries(defined),
    body: text ?? stream,
    onFailure: (error) => reportUnanswered(error, exchange, log),
    maxPauseMs,
  };
}

function refusalAnswer(error: unknown, exchange: Exchange, log: Logger): Answer {
  const { request, requestId, path, record } = exchange;
  const { code, message, httpStatus, details } = refusalOf(error, exchange, log);
  record.outcome = code;
  const { elements, headers } = details;
  const document = { Code: code, Message: message, ...elements, Resource: path, RequestId: requestId };
  const xml = request.method === 'HEAD' ? undefined : buildErrorXml(document);
  return answerOf({ status: httpStatus, headers, xml }, exchange, log);
}

function refusalOf(error: unknown, { requestId, path, record }: Exchange, log: Logger): Refusal {
  if (error instanceof AuthenticationError) {
    record.reason = error.reason;
    const { code, status, message } = s3Refusal(error);
    return { code, message, httpStatus: status, details: {} };
  }
  const { refusal, systemError, fault } = explainFailure(error);
  record.systemError = systemError;
  const fields = { requestId, path, systemError, err: error };
  if (fault === 'client') log.debug({ requestId, path, code: refusal.code }, 'refused an object request');
  else log.error(fields, fault === 'bug' ? 'an object request failed' : refusal.message);
  return refusal;
}

/** Logs a fault of the server if the client has gone or its answer was cut short. */
function reportUnanswered(error: unknown, { requestId, path }: Exchange, log: Logger): void {
  const { refusal, systemError, fault } = explainFailure(error);
  if (fault === 'server') log.error({ requestId, path, systemError, err: error }, refusal.message);
}
