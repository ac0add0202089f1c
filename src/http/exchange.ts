import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHeaders } from '../identity/signatures/signed-request.ts';
import { type CallRecord, newCallRecord } from './call-record.ts';

/** One request and its answer, with what routing has found out. Path and query are as they came, undecoded. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  path: string;
  query: string;
  record: CallRecord;
  /** Tells a client that sent `Expect: 100-continue` to go on; called before its body is read. */
  continueOnce(): void;
  /** Whether the client holds its body back until it is told to go on. */
  isBodyHeldBack(): boolean;
  /** Calls `listener` once, when the answer has been sent or nobody is left to take it; at once if that has been. */
  whenOver(listener: () => void): void;
  /** Takes back what was given to `whenOver`. */
  whenOverNoMore(listener: () => void): void;
  isOver(): boolean;
  /** Says that the answer has been sent or that its client has gone. */
  end(): void;
}

/** A proxy may send the whole URL as the target (RFC 9112 §3.2.2); what counts is the path. */
const originOfTarget = /^https?:\/\/[^/?#]*/i;

/** Opens the exchange of a request. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  expectsContinue: boolean,
): Exchange {
  const exchange = new OpenExchange(request, response, requestId, expectsContinue);
  response.on('close', () => exchange.end());
  return exchange;
}

class OpenExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  readonly query: string;
  readonly record: CallRecord = newCallRecord();
  #hasContinued: boolean;
  #isOver = false;
  #listeners: (() => void)[] = [];

  constructor(request: IncomingMessage, response: ServerResponse, requestId: string, expectsContinue: boolean) {
    const url = request.url ?? '';
    const target = url.startsWith('/') ? url : url.replace(originOfTarget, '');
    const mark = target.indexOf('?');
    this.request = request;
    this.response = response;
    this.requestId = requestId;
    this.path = (mark < 0 ? target : target.slice(0, mark)) || '/';
    this.query = mark < 0 ? '' : target.slice(mark + 1);
    this.#hasContinued = !expectsContinue;
  }

  continueOnce(): void {
    if (this.#hasContinued) return;
    this.#hasContinued = true;
    this.response.writeContinue();
  }

  isBodyHeldBack(): boolean {
    return !this.#hasContinued;
  }

  whenOver(listener: () => void): void {
    if (this.#isOver) listener();
    else this.#listeners.push(listener);
  }

  whenOverNoMore(listener: () => void): void {
    if (this.#listeners.at(-1) === listener) this.#listeners.pop();
    else this.#listeners = this.#listeners.filter((kept) => kept !== listener);
  }

  isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const listener of this.#listeners) listener();
  }
}

/** The headers as they are signed: all values of one that came several times. Hardly any comes so. */
export function signedHeaders(request: IncomingMessage): RequestHeaders {
  const { headers, rawHeaders } = request;
  let names = 0;
  for (const _ in headers) names += 1;
  return names * 2 === rawHeaders.length ? headers : request.headersDistinct;
}

/** How much of an unwanted body is taken in after the answer, and for how long, so that its sender gets to read it. */
const maxDrainBytes = 16 * 1024 * 1024;
const maxDrainMs = 5000;
/** Who sends nothing for so long has nothing on its way that could reset the connection. */
const stallMs = 250;

/**
 * Sends a whole answer. While the request's body is still on its way the connection ends with the answer, but not at
 * once: closing then would reset it and lose the answer.
 */
export function send(exchange: Exchange, status: number, headers: Record<string, string>, body: string): void {
  const { request, response } = exchange;
  const all = headers;
  all['Content-Length'] = String(Buffer.byteLength(body));
  if (!isBodyOnItsWay(request)) {
    response.writeHead(status, all);
    response.end(body);
    return;
  }
  response.writeHead(status, { ...all, Connection: 'close' });
  if (exchange.isBodyHeldBack()) {
    response.end(body);
    return;
  }
  response.write(body);
  drain(request, () => response.end());
}

/** A request without a body counts as complete only after the moment in which it is handed over. */
function isBodyOnItsWay({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}

function drain(request: IncomingMessage, whenDone: () => void): void {
  let drainedBytes = 0;
  const end = (): void => {
    clearTimeout(limit);
    clearTimeout(stall);
    request.off('data', count);
    whenDone();
  };
  const count = (chunk: Buffer): void => {
    drainedBytes += chunk.length;
    stall.refresh();
    if (drainedBytes > maxDrainBytes) end();
  };
  const limit = setTimeout(end, maxDrainMs);
  const stall = setTimeout(end, stallMs);
  request.on('data', count);
  for (const event of ['end', 'close', 'error']) request.once(event, end);
}
