import { ServiceError } from '../../contract/errors.ts';
import type { Exchange } from '../exchange.ts';
import type { FrontDoor } from './front-door.ts';
import { errorAnswer, exposedHeaders } from './json-answer.ts';

/**
 * Lets pages of every origin call the API, as the real service does (wire 4): a call counts by its signature, not by the
 * cookies of a browser.
 */
export const preflightDoor: FrontDoor = {
  name: 'codepipeline',
  matches: isPreflight,
  authenticate: async () => undefined,
  async perform(_call, { request, record, requestId }) {
    record.operation = 'Preflight';
    record.isRoutine = true;
    const wanted = request.headers['access-control-request-headers'];
    const headers = {
      'Access-Control-Allow-Origin': '*',
      ...(wanted === undefined ? {} : { 'Access-Control-Allow-Headers': wanted }),
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Expose-Headers': exposedHeaders,
      'Access-Control-Max-Age': '172800',
      'x-amzn-RequestId': requestId,
    };
    return { status: 200, headers, body: '' };
  },
  refuse: (_error, exchange) => errorAnswer(exchange, new ServiceError('InternalFailure')),
};

function isPreflight({ request, path }: Exchange): boolean {
  return request.method === 'OPTIONS' && path === '/' && request.headers.authorization === undefined;
}
