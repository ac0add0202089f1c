import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Batches } from '../artifacts/protocol/chunks.ts';
import { type CallRecord, newCallRecord } from './call-record.ts';
import { discardBody, isBodyOnItsWay } from './unread-body.ts';

/** What a front door answers. */
export interface Answer {
  status: number;
  /** `Content-Length` is added for a text; set it for a stream of known length. */
  headers: Record<string, string>;
  /** Absent for an answer without a body. A stream is destroyed, and batches are closed, if the client goes. */
  body?: string | Readable | Batches;
  /** Called with the error that cut a stream short. */
  onFailure?(error: unknown): void;
  /** How long a client may pause while the rest of its body is discarded. */
  maxPauseMs?: number;
}

/** Small bodies arrive in one burst: after a pause this long nothing is on its way that could reset the connection. */
const usualPauseMs = 250;

/** One request and its answer. Only the exchange touches the response. Path and query are undecoded. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly path: string;
  readonly query: string;
  readonly record: CallRecord;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** Sends `100 Continue` to a client that waits for it; called before its body is read. */
  continueOnce(): void;
  /** Reports whether the client holds its body back until it gets `100 Continue`. */
  isBodyHeldBack(): boolean;
  /** Reports whether no answer was begun and the client is still connected. */
  canAnswer(): boolean;
  /**
   * Sends an answer, or discards it if it cannot be sent. If the request's body is still on its way, the connection ends
   * with the answer. For a stream, resolves when it ends; throws only if the headers are invalid.
   */
  send(answer: Answer): void | Promise<void>;
  /** Makes the answer the last one of its connection. */
  closeAfterAnswer(): void;
  /** Cuts the connection. */
  cut(): void;
  /** Returns the status of an answer that was sent completely. */
  sentStatus(): number | undefined;
  /** Calls `listener` once the answer was sent or the client has gone; immediately if that has happened. */
  whenOver(listener: () => void): void;
  /** Removes a listener of `whenOver`. */
  whenOverNoMore(listener: () => void): void;
  isOver(): boolean;
  /** Marks the exchange as over. */
  end(): void;
}

/** A proxy may send the whole URL as the target (RFC 9112 §3.2.2); only its path counts. */
const originOfTarget = /^https?:\/\/[^/?#]*/i;

/** Opens the exchange of a request; `onEnd` is called once it is over, before the listeners of `whenOver`. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  expectsContinue: boolean,
  onEnd: (exchange: Exchange) => void = () => undefined,
): Exchange {
  const exchange = new OpenExchange(request, response, requestId, expectsContinue, onEnd);
  response.on('close', () => exchange.end());
  return exchange;
}

class OpenExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly path: string;
  readonly query: string;
  readonly record: CallRecord = newCallRecord();
  readonly startedAt = performance.now();
  readonly #response: ServerResponse;
  // One function for all exchanges: there may be thousands of held polls.
  readonly #onEnd: (exchange: Exchange) => void;
  #hasContinued: boolean;
  #isOver = false;
  #listeners: (() => void)[] = [];

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    expectsContinue: boolean,
    onEnd: (exchange: Exchange) => void,
  ) {
    const url = request.url ?? '';
    const target = url.startsWith('/') ? url : url.replace(originOfTarget, '');
    const mark = target.indexOf('?');
    this.request = request;
    this.requestId = requestId;
    this.path = (mark < 0 ? target : target.slice(0, mark)) || '/';
    this.query = mark < 0 ? '' : target.slice(mark + 1);
    this.#response = response;
    this.#onEnd = onEnd;
    this.#hasContinued = !expectsContinue;
  }

  continueOnce(): void {
    if (this.#hasContinued) return;
    this.#hasContinued = true;
    this.#response.writeContinue();
  }

  isBodyHeldBack(): boolean {
    return !this.#hasContinued;
  }

  canAnswer(): boolean {
    return !this.#isOver && !this.#response.headersSent && !this.#response.destroyed;
  }

  send(answer: Answer): void | Promise<void> {
    const { headers, body, maxPauseMs = usualPauseMs } = answer;
    if (typeof body === 'object') return this.#sendStream(body, answer);
    if (!this.canAnswer()) return;
    if (body !== undefined) headers['Content-Length'] = String(Buffer.byteLength(body));
    const response = this.#response;
    if (!this.#writeHead(answer)) {
      response.end(body);
      return;
    }
    response.flushHeaders();
    if (body) response.write(body);
    discardBody(this.request, maxPauseMs, () => response.end());
  }

  async #sendStream(stream: Readable | Batches, answer: Answer): Promise<void> {
    // A stream that is never read would keep its file open.
    this.whenOver(() => (stream instanceof Readable ? stream.destroy() : stream.close()));
    if (!this.canAnswer()) return;
    const response = this.#response;
    const isBodyUnread = this.#writeHead(answer);
    try {
      if (stream instanceof Readable) await pipeline(stream, response, { end: !isBodyUnread });
      else await this.#sendBatches(stream, { end: !isBodyUnread });
      if (isBodyUnread) discardBody(this.request, answer.maxPauseMs ?? usualPauseMs, () => response.end());
    } catch (error) {
      // A normal end would make the part look complete.
      response.destroy();
      if (!isClosedByClient(error)) answer.onFailure?.(error);
    }
  }

  async #sendBatches(batches: Batches, { end }: { end: boolean }): Promise<void> {
    try {
      for await (const batch of batches) await this.#write(batch);
    } catch (error) {
      // Reading fails too once the file is closed.
      throw this.#isOver ? clientGone : error;
    }
    if (end) this.#response.end();
  }

  /** Writes chunks together; resolves when the system has copied them, and rejects if the client goes before. */
  #write(chunks: Buffer[]): Promise<void> {
    const response = this.#response;
    return new Promise((resolve, reject) => {
      const breakOff = (): void => reject(clientGone);
      const finish = (error?: Error | null): void => {
        this.whenOverNoMore(breakOff);
        if (error) reject(error);
        else resolve();
      };
      this.whenOver(breakOff);
      response.cork();
      for (const chunk of chunks.slice(0, -1)) response.write(chunk);
      response.write(chunks.at(-1), finish);
      response.uncork();
    });
  }

  /** Returns whether the rest of the request's body has to be discarded before the response ends. */
  #writeHead({ status, headers }: Answer): boolean {
    const isBodyUnread = isBodyOnItsWay(this.request);
    if (isBodyUnread) headers.Connection = 'close';
    this.#response.writeHead(status, headers);
    return isBodyUnread && this.#hasContinued;
  }

  closeAfterAnswer(): void {
    if (!this.#response.headersSent) this.#response.setHeader('Connection', 'close');
  }

  cut(): void {
    this.#response.destroy();
  }

  sentStatus(): number | undefined {
    return this.#response.writableFinished ? this.#response.statusCode : undefined;
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
    this.#onEnd(this);
    for (const listener of this.#listeners) listener();
  }
}

const clientGone = Object.assign(new Error('the client has gone'), { code: 'ECONNRESET' });
const closedByClient = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ECANCELED',
  'ECONNRESET',
  'EPIPE',
]);

function isClosedByClient(error: unknown): boolean {
  return error instanceof Error && 'code' in error && closedByClient.has(String(error.code));
}

/**
 * Creates ids of requests: the start of one random id per process, followed by a count. They are as unique as random ids
 * and need not be unguessable, and a fleet needs thousands per second.
 */
export function createRequestIds(newId: () => string): () => string {
  const start = newId().slice(0, -12);
  let count = 0;
  return () => {
    count += 1;
    return start + count.toString(16).padStart(12, '0');
  };
}
