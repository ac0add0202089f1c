import { type Exchange, send } from './exchange.ts';

/** Everything that is ours and not AWS's lies under this path, which no bucket can be called (DECISIONS 13). */
export const ownPrefix = '/-/';

/** Answers what lies under `/-/`: `GET /-/health` says that the server serves. */
export function answerOwn(exchange: Exchange, version: string): void {
  const { request, path } = exchange;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const [status, answer] =
    path === `${ownPrefix}health` && isRead
      ? [200, { status: 'ok', version }]
      : [404, { message: `There is no ${request.method} ${path} here.` }];
  request.resume();
  send(exchange, status, { 'Content-Type': 'application/json' }, JSON.stringify(answer));
}
