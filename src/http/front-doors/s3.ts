import type { Logger } from 'pino';
import type { Dependencies } from '../../api/dependencies.ts';
import type { ObjectEndpoint } from '../../artifacts/object-endpoint.ts';
import type { AccessFacts, ObjectRequest } from '../../artifacts/protocol/object-request.ts';
import { buildErrorXml } from '../../artifacts/protocol/xml.ts';
import type { Caller } from '../../identity/caller.ts';
import { type AccessDecision, createJudge, type Judge, objectArn } from '../../identity/policies/authorize.ts';
import { createBucketJudge } from '../../identity/policies/authorize-in-bucket.ts';
import { BucketPolicyError, parseBucketPolicy } from '../../identity/policies/bucket-policy.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import { AuthenticationError } from '../../identity/signatures/authentication-error.ts';
import type { Authenticator } from '../../identity/signatures/authenticator.ts';
import { createChunkVerifier } from '../../identity/signatures/chunk-signature.ts';
import { s3Refusal } from '../../identity/signatures/refusals.ts';
import { headerText } from '../../identity/signatures/signed-request.ts';
import { recordCaller, recordDenial } from '../call-record.ts';
import { type Exchange, send } from '../exchange.ts';
import { systemRefusal } from '../system-refusal.ts';
import type { TransferSlots } from '../transfer-slots.ts';
import { callContext } from './call-context.ts';
import { objectRights } from './s3-access.ts';

/** What the S3 front door needs. */
export interface ObjectFrontDoor {
  authenticator: Authenticator;
  transfers: TransferSlots;
  endpoint: ObjectEndpoint;
  parts: Dependencies;
  log: Logger;
}

/** Verifies an S3 request by its headers, before its body is read, and hands it to the object endpoint. */
export async function answerObjects(exchange: Exchange, frontDoor: ObjectFrontDoor): Promise<void> {
  const { authenticator, endpoint, transfers, log } = frontDoor;
  const { request, requestId, path, query, record } = exchange;
  const { method = '', headers } = request;
  record.service = 's3';
  let endTransfer: (() => void) | undefined;
  try {
    const authentication = await authenticator.authenticate({
      service: 's3',
      method,
      path,
      query,
      headers: request.headersDistinct,
      payloadHash: headerText(headers, 'x-amz-content-sha256'),
      resource: endpoint.objectResource(headers.host ?? '', path),
    });
    recordCaller(record, authentication);
    const { caller, region, seed, payloadHash, isPresigned } = authentication;
    const { callerNow, ...rights } = objectRights(caller, frontDoor.parts.store.jobs);
    const decide = createDecisions(callerNow, callContext(exchange, region));
    const isAllowedHere: ObjectRequest['isAllowed'] = (action, bucket, key, facts) => {
      const { isAllowed } = decide(action, { bucket, key }, facts);
      // The endpoint asks for the right to a call before it looks anything up.
      if (record.operation === 'unknown') record.operation = operationOf(action, method);
      return isAllowed;
    };
    await endpoint.handle(
      {
        method,
        path,
        query,
        headers,
        host: headers.host ?? '',
        // Taken only when the endpoint wants the bytes: until then a client that asked may still be refused unsent.
        get body() {
          exchange.continueOnce();
          return request;
        },
        payloadHash,
        isPresigned,
        account: caller.account,
        region,
        requestId,
        ...rights,
        isAllowed: isAllowedHere,
        denial: (action, bucket, key, facts) => {
          recordDenial(record, action, objectArn(bucket, key));
          const decision = decide(action, { bucket, key }, facts);
          return decision.isAllowed ? '' : decision.message;
        },
        checkPolicy,
        onRefusal: (code, systemError) => {
          record.outcome = code;
          record.systemError = systemError;
        },
        async beginTransfer() {
          endTransfer = await transfers.enter(caller.arn, exchange);
        },
        whenOver: (listener) => exchange.whenOver(listener),
        chunkVerifier: createChunkVerifier(seed),
      },
      exchange.response,
    );
  } catch (error) {
    refuse(exchange, error, log);
  } finally {
    endTransfer?.();
  }
}

function checkPolicy(text: string, bucket: string): ReturnType<ObjectRequest['checkPolicy']> {
  try {
    return { isPublic: parseBucketPolicy(text, bucket).isPublic };
  } catch (error) {
    if (error instanceof BucketPolicyError) return { fault: error.message };
    throw error;
  }
}

type Decide = (action: string, where: { bucket: string; key?: string }, facts?: AccessFacts) => AccessDecision;

/** Decides about the objects of one request, each once: a denial is asked for again when it is answered. */
function createDecisions(callerNow: () => Caller, context: RequestContext): Decide {
  const judges = new Map<string, Judge>();
  const denials = new Map<string, AccessDecision>();
  let judged = callerNow();
  return (action, { bucket, key }, { policy, values } = { values: {} }) => {
    if (judged !== callerNow()) {
      judges.clear();
      denials.clear();
      judged = callerNow();
    }
    const kind = JSON.stringify([action, policy === undefined ? '' : bucket, values]);
    const arn = objectArn(bucket, key);
    const known = denials.get(kind + arn);
    if (known) return known;
    const create = () => {
      const request = { action, context: { ...context, ...values } };
      if (policy === undefined) return createJudge(judged, request);
      return createBucketJudge(judged, request, parseBucketPolicy(policy, bucket));
    };
    const judge = judges.get(kind) ?? create();
    judges.set(kind, judge);
    const decision = judge(arn);
    if (!decision.isAllowed) denials.set(kind + arn, decision);
    return decision;
  };
}

/** What log and metrics call the call: IAM's name of the right to it, which for reads of metadata is told by the method. */
function operationOf(action: string, method: string): string {
  const name = action.replace(/^s3:/, '');
  if (method !== 'HEAD') return name;
  return name === 'ListBucket' ? 'HeadBucket' : 'HeadObject';
}

function refuse(exchange: Exchange, error: unknown, log: Logger): void {
  const { requestId, response, path, request, record } = exchange;
  const refusal = refusalOf(error, exchange, log);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { code, status, message } = refusal;
  record.outcome = code;
  if (error instanceof AuthenticationError) record.reason = error.reason;
  const document = { Code: code, Message: message, Resource: path, RequestId: requestId };
  const body = request.method === 'HEAD' ? '' : buildErrorXml(document);
  send(exchange, status, { 'Content-Type': 'application/xml', 'x-amz-request-id': requestId }, body);
}

/** What failed before the endpoint was asked: a signature, or the look-up of a key. */
function refusalOf(error: unknown, exchange: Exchange, log: Logger): { code: string; status: number; message: string } {
  if (error instanceof AuthenticationError) return s3Refusal(error);
  const unavailable = systemRefusal(error, exchange, log);
  if (unavailable) return { code: unavailable.code, status: 503, message: unavailable.message };
  log.error({ requestId: exchange.requestId, err: error }, 'an object request failed');
  return { code: 'InternalError', status: 500, message: 'We encountered an internal error. Please try again.' };
}
