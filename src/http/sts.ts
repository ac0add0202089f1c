import { createHash } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { Logger } from 'pino';
import { AuthenticationError } from '../identity/authentication-error.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { stsRefusal, type XmlRefusal } from '../identity/refusals.ts';
import { BodyError, readBody } from './body.ts';
import { recordCaller } from './call-record.ts';
import { type Exchange, send } from './exchange.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const xml = new XMLBuilder({ ignoreAttributes: false });

/** What the STS front door needs. */
export interface StsFrontDoor {
  authenticator: Authenticator;
  bodyTimeoutMs: number;
  log: Logger;
}

/** Answers STS GetCallerIdentity (clients 44) in the query protocol; other STS actions are refused by name. */
export async function answerSts(
  exchange: Exchange,
  { authenticator, bodyTimeoutMs, log }: StsFrontDoor,
): Promise<void> {
  const { request, requestId, path, query, record } = exchange;
  record.service = 'sts';
  try {
    const body = await readBody(exchange, bodyTimeoutMs);
    const payloadHash = createHash('sha256').update(body).digest('hex');
    const signed = {
      service: 'sts',
      method: request.method ?? '',
      path,
      query,
      headers: request.headersDistinct,
      payloadHash,
    } as const;
    const authentication = await authenticator.authenticate(signed);
    recordCaller(record, authentication);
    const { caller } = authentication;
    const action = new URLSearchParams(request.method === 'GET' ? query : body.toString('utf8')).get('Action');
    if (action !== 'GetCallerIdentity') {
      const message = `Could not find operation ${action ?? ''} for version 2011-06-15. Millrace answers GetCallerIdentity only.`;
      return refuse(exchange, { code: 'InvalidAction', status: 400, message });
    }
    record.operation = action;
    answer(exchange, 200, {
      GetCallerIdentityResponse: {
        '@_xmlns': namespace,
        GetCallerIdentityResult: { Arn: caller.arn, UserId: caller.userId, Account: caller.account },
        ResponseMetadata: { RequestId: requestId },
      },
    });
  } catch (error) {
    if (exchange.isOver()) return;
    if (error instanceof BodyError) return refuse(exchange, bodyRefusal(error));
    if (error instanceof AuthenticationError) {
      record.reason = error.reason;
      return refuse(exchange, stsRefusal(error));
    }
    log.error({ requestId, err: error }, 'an STS request failed');
    refuse(exchange, { code: 'InternalFailure', status: 500, message: '' });
  }
}

function bodyRefusal({ reason, message }: BodyError): XmlRefusal {
  return reason === 'too large'
    ? { code: 'RequestEntityTooLarge', status: 413, message }
    : { code: 'RequestTimeout', status: 408, message };
}

function refuse(exchange: Exchange, { code, status, message }: XmlRefusal): void {
  exchange.record.outcome = code;
  const type = status < 500 ? 'Sender' : 'Receiver';
  answer(exchange, status, {
    ErrorResponse: {
      '@_xmlns': namespace,
      Error: { Type: type, Code: code, Message: message },
      RequestId: exchange.requestId,
    },
  });
}

function answer(exchange: Exchange, status: number, document: object): void {
  const headers = { 'Content-Type': 'text/xml', 'x-amzn-RequestId': exchange.requestId };
  send(exchange, status, headers, xml.build(document) as string);
}
