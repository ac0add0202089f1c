import type { IncomingMessage } from 'node:http';
import type { RequestHeaders } from '../../identity/signatures/signed-request.ts';
import type { Service } from '../call-record.ts';
import type { Answer, Exchange } from '../exchange.ts';

/** One service on the port. `Call` is what `perform` needs of an authenticated request. */
export interface FrontDoor<Call = unknown> {
  readonly name: Service;
  /** Reports whether a request is for this service. The first door that matches serves it. */
  matches(exchange: Exchange): boolean;
  /** Checks the headers first, so that a stranger is refused before the body is read. */
  authenticate(exchange: Exchange): Promise<Call>;
  /** Performs the call if its sender has permission. */
  perform(call: Call, exchange: Exchange): Promise<Answer>;
  /** Returns the answer to a failed request in the form of this service; logs faults of the server. */
  refuse(error: unknown, exchange: Exchange): Answer;
}

/**
 * Serves a request through one door. Resolves when the answer was sent or its client has gone; `onFault` gets the error of
 * a refusal that failed.
 */
export async function serve(
  exchange: Exchange,
  door: FrontDoor,
  onFault: (error: unknown, exchange: Exchange) => void,
): Promise<void> {
  exchange.record.service = door.name;
  try {
    const call = await door.authenticate(exchange);
    const sending = exchange.send(await door.perform(call, exchange));
    if (sending) await sending;
  } catch (error) {
    try {
      // Otherwise the client has gone, or was answered when the parser failed.
      if (exchange.canAnswer()) await exchange.send(door.refuse(error, exchange));
    } catch (fault) {
      onFault(fault, exchange);
    }
  }
}

/** Returns the headers as they are signed: with all values of one that was sent several times, which is rare. */
export function signedHeaders(request: IncomingMessage): RequestHeaders {
  const { headers, rawHeaders } = request;
  let names = 0;
  for (const _ in headers) names += 1;
  return names * 2 === rawHeaders.length ? headers : request.headersDistinct;
}
