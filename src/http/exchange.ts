import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and its answer, with what routing has found out. Path and query are as they came, undecoded. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  path: string;
  query: string;
  /** Tells a client that sent `Expect: 100-continue` to go on; called before its body is read. */
  continueOnce(): void;
}

/** Opens the exchange of a request. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  expectsContinue: boolean,
): Exchange {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  let hasContinued = !expectsContinue;
  return {
    request,
    response,
    requestId,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    continueOnce() {
      if (hasContinued) return;
      hasContinued = true;
      response.writeContinue();
    },
  };
}

/** Sends a whole answer at once. */
export function send(
  { response }: Exchange,
  status: number,
  headers: Record<string, string>,
  body: string | Buffer,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
  response.end(bytes);
}
