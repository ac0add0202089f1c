import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { buildElement, type XmlNode } from '../../artifacts/protocol/xml.ts';
import type { Caller } from '../../identity/caller.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import { readAssumeRoleInput, StsError } from '../../identity/roles/assume-role-input.ts';
import type { Roles } from '../../identity/roles/roles.ts';
import { AuthenticationError } from '../../identity/signatures/authentication-error.ts';
import type { Authentication, Authenticator } from '../../identity/signatures/authenticator.ts';
import { stsRefusal, type XmlRefusal } from '../../identity/signatures/refusals.ts';
import { peekCredentialScope } from '../../identity/signatures/signature-claim.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { recordCaller } from '../call-record.ts';
import { callContext } from '../client-address.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { systemRefusal } from '../system-refusal.ts';
import { type FrontDoor, signedHeaders } from './front-door.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** A session policy of 2,048 characters takes 18 KiB if all of them are escaped. */
const maxBodyBytes = 64 * 1024;

/** How much of an unknown action's name is repeated in its refusal. */
const maxEchoLength = 100;

/** Characters that XML cannot hold, not even as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** What the STS front door needs. */
export interface StsDoorParts {
  authenticator: Authenticator;
  roles: Roles;
  bodyTimeoutMs: number;
  budget: BodyBudget;
  log: Logger;
}

/** The supported actions of STS. Each returns the members of its result. */
const actions = {
  GetCallerIdentity: (caller: Caller) => ({ Arn: caller.arn, UserId: caller.userId, Account: caller.account }),
  AssumeRole(caller: Caller, parameters: URLSearchParams, roles: Roles, context: RequestContext) {
    const input = readAssumeRoleInput(parameters);
    const { credentials, expiresAt, assumedRoleId, arn } = roles.assumeRole(caller, input, context);
    return {
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: new Date(expiresAt).toISOString().replace('.000Z', 'Z'),
      },
      AssumedRoleUser: { AssumedRoleId: assumedRoleId, Arn: arn },
    };
  },
};

/** A call whose signature was verified. */
interface StsCall {
  authentication: Authentication;
  parameters: URLSearchParams;
}

/** Serves STS in the query protocol; refuses other actions by name. */
export function createStsDoor({ authenticator, roles, bodyTimeoutMs, budget, log }: StsDoorParts): FrontDoor<StsCall> {
  return {
    name: 'sts',
    matches: ({ request, query }) => peekCredentialScope(request.headers, query)?.service === 'sts',
    async authenticate(exchange) {
      const { request, path, query, record } = exchange;
      const headers = signedHeaders(request);
      const { method = '' } = request;
      const identified = await authenticator.identify({ service: 'sts', method, path, query, headers });
      const { isVerified } = identified;
      const body = await readBody(exchange, { budget, timeoutMs: bodyTimeoutMs, maxBytes: maxBodyBytes, isVerified });
      const authentication = identified.verify(hash('sha256', body));
      recordCaller(record, authentication);
      return { authentication, parameters: new URLSearchParams(method === 'GET' ? query : body.toString('utf8')) };
    },
    async perform({ authentication, parameters }, exchange) {
      const { request, record, requestId } = exchange;
      const { caller, region } = authentication;
      const action = parameters.get('Action') ?? '';
      const run = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined;
      if (!run) return refusalAnswer(exchange, unknownAction(action));
      record.operation = action;
      return xmlAnswer(exchange, 200, `${action}Response`, {
        [`${action}Result`]: run(caller, parameters, roles, callContext(request, region)),
        ResponseMetadata: { RequestId: requestId },
      });
    },
    refuse: (error, exchange) => refusalAnswer(exchange, toRefusal(error, exchange, log)),
  };
}

function unknownAction(action: string): XmlRefusal {
  const message = `Could not find operation ${action.slice(0, maxEchoLength)} for version 2011-06-15. Millrace answers ${Object.keys(actions).join(' and ')}.`;
  return { code: 'InvalidAction', status: 400, message };
}

const bodyRefusals = {
  'too large': { code: 'RequestEntityTooLarge', status: 413 },
  'too slow': { code: 'RequestTimeout', status: 408 },
  'too many': { code: 'ServiceUnavailable', status: 503 },
};

function toRefusal(error: unknown, exchange: Exchange, log: Logger): XmlRefusal {
  if (error instanceof BodyError) return { ...bodyRefusals[error.reason], message: error.message };
  if (error instanceof AuthenticationError) {
    exchange.record.reason = error.reason;
    return stsRefusal(error);
  }
  if (error instanceof StsError) return error;
  const unavailable = systemRefusal(error, exchange, log);
  if (unavailable) return { code: unavailable.code, status: unavailable.httpStatus, message: unavailable.message };
  log.error({ requestId: exchange.requestId, err: error }, 'an STS request failed');
  return { code: 'InternalFailure', status: 500, message: '' };
}

function refusalAnswer(exchange: Exchange, { code, status, message }: XmlRefusal): Answer {
  exchange.record.outcome = code;
  const type = status < 500 ? 'Sender' : 'Receiver';
  return xmlAnswer(exchange, status, 'ErrorResponse', {
    Error: { Type: type, Code: code, Message: message.replaceAll(notXml, '\ufffd') },
    RequestId: exchange.requestId,
  });
}

function xmlAnswer(exchange: Exchange, status: number, root: string, children: Record<string, XmlNode>): Answer {
  const headers = { 'Content-Type': 'text/xml', 'x-amzn-RequestId': exchange.requestId };
  return { status, headers, body: buildElement(root, { '@xmlns': namespace, ...children }) };
}
