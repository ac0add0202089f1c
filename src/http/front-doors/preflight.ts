import { type Exchange, send } from '../exchange.ts';

const exposedHeaders = 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date';

/** Whether a browser asks if a page of another origin may call the API (wire 4). */
export function isPreflight({ request, path }: Exchange): boolean {
  return request.method === 'OPTIONS' && path === '/' && request.headers.authorization === undefined;
}

/** Lets every origin call the API, as the real service does: a call counts by its signature, not by a browser's cookies. */
export function answerPreflight(exchange: Exchange): void {
  const { request, record, requestId } = exchange;
  record.service = 'codepipeline';
  record.operation = 'Preflight';
  record.isRoutine = true;
  const asked = request.headers['access-control-request-headers'];
  const headers = {
    'Access-Control-Allow-Origin': '*',
    ...(asked === undefined ? {} : { 'Access-Control-Allow-Headers': asked }),
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Expose-Headers': exposedHeaders,
    'Access-Control-Max-Age': '172800',
    'x-amzn-RequestId': requestId,
  };
  send(exchange, 200, headers, '');
}

/** What a browser wants to see on the answer itself before it shows it to a page of another origin. */
export function crossOriginHeaders({ request }: Exchange): Record<string, string> {
  if (request.headers.origin === undefined) return {};
  return { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': exposedHeaders };
}
