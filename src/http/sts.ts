import { createHash } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { Logger } from 'pino';
import { AuthenticationError } from '../identity/authentication-error.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { stsRefusal, type XmlRefusal } from '../identity/refusals.ts';
import { closeAfterAnswer, readBody } from './body.ts';
import { type Exchange, send } from './exchange.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const xml = new XMLBuilder({ ignoreAttributes: false });

/** Answers STS GetCallerIdentity (clients 44) in the query protocol; other STS actions are refused by name. */
export async function answerSts(exchange: Exchange, authenticator: Authenticator, log: Logger): Promise<void> {
  const { request, requestId, path, query } = exchange;
  try {
    const body = await readBody(exchange);
    if (!body) {
      closeAfterAnswer(exchange);
      return refuse(exchange, {
        code: 'RequestEntityTooLarge',
        status: 413,
        message: 'The request body is too large.',
      });
    }
    const payloadHash = createHash('sha256').update(body).digest('hex');
    const signed = {
      service: 'sts',
      method: request.method ?? '',
      path,
      query,
      headers: request.headers,
      payloadHash,
    } as const;
    const { caller } = await authenticator.authenticate(signed);
    const action = new URLSearchParams(request.method === 'GET' ? query : body.toString('utf8')).get('Action');
    if (action !== 'GetCallerIdentity') {
      const message = `Could not find operation ${action ?? ''} for version 2011-06-15. Millrace answers GetCallerIdentity only.`;
      return refuse(exchange, { code: 'InvalidAction', status: 400, message });
    }
    answer(exchange, 200, {
      GetCallerIdentityResponse: {
        '@_xmlns': namespace,
        GetCallerIdentityResult: { Arn: caller.arn, UserId: caller.userId, Account: caller.account },
        ResponseMetadata: { RequestId: requestId },
      },
    });
  } catch (error) {
    if (error instanceof AuthenticationError) return refuse(exchange, stsRefusal(error));
    log.error({ requestId, err: error }, 'an STS request failed');
    refuse(exchange, { code: 'InternalFailure', status: 500, message: '' });
  }
}

function refuse(exchange: Exchange, { code, status, message }: XmlRefusal): void {
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
