import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { type StoreBody, sendBody } from './send-body.ts';
import { StoreUnavailableError } from './store-refusal.ts';

/** A complete request to another server: signed, header names in lower case, with `host`. */
interface StoreRequest {
  method: string;
  /** With its query. */
  target: string;
  headers: Record<string, string>;
  body?: StoreBody;
}

export interface StoreAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  /** The caller must read it to the end or destroy it. */
  body: Readable;
}

/** Keep-alive connections to one server. */
export interface StoreConnection {
  /** Resolves with the response; rejects with StoreUnavailableError if there is none or it takes too long. */
  send(request: StoreRequest): Promise<StoreAnswer>;
  close(): void;
}

/** How long a server may take to accept a connection, and to send or accept anything when it is its turn. */
const connectMs = 5000;
const silenceMs = 60_000;

const maxIdleConnections = 64;

/** Creates the connections on demand; their number is bounded by that of the requests this server accepts. */
export function createStoreConnection(url: URL): StoreConnection {
  const options = { keepAlive: true, maxFreeSockets: maxIdleConnections };
  const agent = url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const { hostname, port } = url;
  const start = ({ method, target, headers, body }: StoreRequest, keepsConnection: boolean) =>
    open({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? undefined : Number(port),
      method,
      path: target,
      headers: { ...headers, ...(body && bodyHeaders(body)) },
      agent: keepsConnection ? agent : false,
    });
  return {
    async send(request) {
      const first = start(request, true);
      try {
        return await exchange(first, request.body);
      } catch (error) {
        // If the store closed an idle connection before it got the request, the body is untouched and can be sent again.
        if (!(error instanceof UnansweredError)) throw error;
        if (!first.reusedSocket || error.isBodyBegun) throw new StoreUnavailableError(error.cause);
        return await exchange(start(request, false), request.body).catch((again: unknown) => {
          throw again instanceof UnansweredError ? new StoreUnavailableError(again.cause) : again;
        });
      }
    },
    close: () => agent.destroy(),
  };
}

function bodyHeaders({ sizeBytes }: StoreBody): Record<string, string> {
  const length = { 'content-length': String(sizeBytes) };
  // Lets the store reject the headers before the client is asked for its bytes.
  return sizeBytes === 0 ? length : { ...length, expect: '100-continue' };
}

/** The connection ended without a response. */
class UnansweredError extends Error {
  readonly isBodyBegun: boolean;

  constructor(cause: unknown, isBodyBegun: boolean) {
    super('no answer', { cause });
    this.isBodyBegun = isBodyBegun;
  }
}

async function exchange(request: ClientRequest, body: StoreBody | undefined): Promise<StoreAnswer> {
  const turn = limitSilence(request);
  const progress = { isBodyBegun: false };
  let answer: IncomingMessage | undefined;
  let failure: unknown;
  const answered = new Promise<void>((resolve) => {
    request.once('response', (response) => {
      answer = response;
      resolve();
    });
    // Later errors reach the reader of the response stream.
    request.on('error', (error) => {
      failure ??= error;
      resolve();
    });
  });
  const isOver = () => answer !== undefined || failure !== undefined;
  if (!body) request.end();
  else {
    try {
      await sendBody(request, body, { ...turn, answered, isOver, progress });
    } catch (error) {
      request.destroy();
      throw error;
    }
  }
  await answered;
  if (!answer) throw new UnansweredError(failure, progress.isBodyBegun);
  turn.end();
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: readAnswer(request, answer) };
}

/** Aborts a request that cannot connect, or that makes no progress when it is the store's turn. */
function limitSilence(request: ClientRequest) {
  let isClientsTurn = false;
  let connecting: NodeJS.Timeout | undefined;
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    connecting = setTimeout(() => request.destroy(new Error(`no connection within ${connectMs} ms`)), connectMs);
    socket.once('connect', () => clearTimeout(connecting));
  });
  request.once('close', () => clearTimeout(connecting));
  request.setTimeout(silenceMs, () => {
    if (!isClientsTurn) request.destroy(new Error(`silent for ${silenceMs} ms`));
  });
  return {
    isClientsTurn(is: boolean) {
      isClientsTurn = is;
    },
    end: () => request.setTimeout(0),
  };
}

/** Streams the response. Only time spent waiting for bytes counts as silence of the store. */
function readAnswer(request: ClientRequest, answer: IncomingMessage): Readable {
  async function* read(): AsyncGenerator<Buffer> {
    const iterator = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        const timer = setTimeout(() => answer.destroy(new Error(`silent for ${silenceMs} ms`)), silenceMs);
        const next = await iterator.next().finally(() => clearTimeout(timer));
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      throw new StoreUnavailableError(error);
    }
  }
  const body = Readable.from(read(), { objectMode: false });
  body.once('close', () => {
    answer.destroy();
    // After a response that came before the end of the body, the connection can't be used again.
    if (!request.writableFinished) request.destroy();
  });
  return body;
}
