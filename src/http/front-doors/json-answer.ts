import type { Answer, Exchange } from '../exchange.ts';
import { protocolOf } from './json-protocol.ts';

const usualContentType = 'application/x-amz-json-1.1';

/** The headers of an answer that a browser shows to a page of another origin. */
export const exposedHeaders = 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date';

/** What an error answer is made of. */
export interface Refusal {
  code: string;
  message: string;
  httpStatus: number;
}

/** Returns an error in the form of AWS JSON. */
export function errorAnswer(exchange: Exchange, { code, message, httpStatus }: Refusal): Answer {
  exchange.record.outcome = code;
  // The front door of the real service spells its own text with a capital (wire 3).
  const ownMember = protocolOf(exchange.record.service)?.errorMember ?? 'message';
  const member = code === 'SerializationException' ? 'Message' : ownMember;
  const document = { __type: code, [member]: message === '' ? undefined : message };
  return jsonAnswer(exchange, httpStatus, JSON.stringify(document));
}

/** Returns an answer in the JSON of its service, 1.1 unless that speaks 1.0. */
export function jsonAnswer(exchange: Exchange, status: number, body: string): Answer {
  const headers: Record<string, string> = {
    'Content-Type': protocolOf(exchange.record.service)?.contentType ?? usualContentType,
    'x-amzn-RequestId': exchange.requestId,
    'Content-Length': '',
  };
  if (exchange.request.headers.origin !== undefined) Object.assign(headers, crossOriginHeaders(exchange));
  return { status, headers, body };
}

/** Returns what a browser requires on the answer itself before a page of another origin may read it. */
export function crossOriginHeaders({ request }: Exchange): Record<string, string> {
  if (request.headers.origin === undefined) return {};
  return { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': exposedHeaders };
}
