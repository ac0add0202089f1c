import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { buildElement, type XmlNode } from '../../artifacts/protocol/xml.ts';
import type { Caller } from '../../identity/caller.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import { readAssumeRoleInput, StsError } from '../../identity/roles/assume-role-input.ts';
import type { Roles } from '../../identity/roles/roles.ts';
import { AuthenticationError } from '../../identity/signatures/authentication-error.ts';
import type { Authenticator } from '../../identity/signatures/authenticator.ts';
import { stsRefusal, type XmlRefusal } from '../../identity/signatures/refusals.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { recordCaller } from '../call-record.ts';
import { type Exchange, send } from '../exchange.ts';
import { systemRefusal } from '../system-refusal.ts';
import { callContext } from './call-context.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Longest body: a session policy of 2,048 characters takes 18 KiB when all of them are escaped. */
const maxBodyBytes = 64 * 1024;

/** How much of the name of an unknown action is repeated in its refusal. */
const longestEcho = 100;

/** XML cannot hold these, not even as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** What the STS front door needs. */
export interface StsFrontDoor {
  authenticator: Authenticator;
  roles: Roles;
  bodyTimeoutMs: number;
  budget: BodyBudget;
  log: Logger;
}

/** The actions of STS that clients of this server call, each with the members of its result. */
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

/** Answers STS in the query protocol; actions that are not here are refused by name. */
export async function answerSts(
  exchange: Exchange,
  { authenticator, roles, bodyTimeoutMs, budget, log }: StsFrontDoor,
): Promise<void> {
  const { request, requestId, path, query, record } = exchange;
  record.service = 'sts';
  try {
    // A stranger is refused before the body is read.
    const identified = await authenticator.identify({
      service: 'sts',
      method: request.method ?? '',
      path,
      query,
      headers: request.headersDistinct,
    });
    const { isVerified } = identified;
    const body = await readBody(exchange, { budget, timeoutMs: bodyTimeoutMs, maxBytes: maxBodyBytes, isVerified });
    const authentication = identified.verify(hash('sha256', body));
    recordCaller(record, authentication);
    const parameters = new URLSearchParams(request.method === 'GET' ? query : body.toString('utf8'));
    const action = parameters.get('Action') ?? '';
    const perform = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined;
    if (!perform) {
      const message = `Could not find operation ${action.slice(0, longestEcho)} for version 2011-06-15. Millrace answers ${Object.keys(actions).join(' and ')}.`;
      return refuse(exchange, { code: 'InvalidAction', status: 400, message });
    }
    record.operation = action;
    const result = perform(authentication.caller, parameters, roles, callContext(exchange, authentication.region));
    answer(exchange, 200, `${action}Response`, {
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: requestId },
    });
  } catch (error) {
    if (exchange.isOver()) return;
    if (error instanceof BodyError) return refuse(exchange, bodyRefusal(error));
    if (error instanceof AuthenticationError) {
      record.reason = error.reason;
      return refuse(exchange, stsRefusal(error));
    }
    if (error instanceof StsError) return refuse(exchange, error);
    const unavailable = systemRefusal(error, exchange, log);
    if (unavailable) {
      const { code, httpStatus: status, message } = unavailable;
      return refuse(exchange, { code, status, message });
    }
    log.error({ requestId, err: error }, 'an STS request failed');
    refuse(exchange, { code: 'InternalFailure', status: 500, message: '' });
  }
}

const bodyRefusals = {
  'too large': { code: 'RequestEntityTooLarge', status: 413 },
  'too slow': { code: 'RequestTimeout', status: 408 },
  'too many': { code: 'ServiceUnavailable', status: 503 },
};

function bodyRefusal({ reason, message }: BodyError): XmlRefusal {
  return { ...bodyRefusals[reason], message };
}

function refuse(exchange: Exchange, { code, status, message }: XmlRefusal): void {
  exchange.record.outcome = code;
  const type = status < 500 ? 'Sender' : 'Receiver';
  answer(exchange, status, 'ErrorResponse', {
    Error: { Type: type, Code: code, Message: message.replaceAll(notXml, '\ufffd') },
    RequestId: exchange.requestId,
  });
}

function answer(exchange: Exchange, status: number, root: string, children: Record<string, XmlNode>): void {
  const headers = { 'Content-Type': 'text/xml', 'x-amzn-RequestId': exchange.requestId };
  send(exchange, status, headers, buildElement(root, { '@xmlns': namespace, ...children }));
}
