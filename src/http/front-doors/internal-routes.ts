import { isLocalClient } from '../client-address.ts';
import { type Exchange, send } from '../exchange.ts';
import type { DatabaseHealth } from '../health.ts';
import type { Metrics } from '../metrics.ts';
import { answerWebhook, type WebhookFrontDoor, webhookPrefix } from './webhooks.ts';

/** Everything that is ours and not AWS's lies under this path, which no bucket can be called (decision 13). */
export const ownPrefix = '/-/';

/** Who may read the metrics: clients on this machine, everybody who reaches the port, or nobody. */
type MetricsAudience = 'loopback' | 'all' | 'off';

/** What our own paths need. */
export interface OwnPaths extends WebhookFrontDoor {
  version: string;
  metrics: Metrics;
  metricsAudience: MetricsAudience;
  isDraining(): boolean;
  databaseHealth(): Promise<DatabaseHealth>;
}

/**
 * Answers what lies under `/-/`, which is not signed as API calls are: `health` says whether the server serves (503 once
 * it has been told to stop, and while the database does not answer), `metrics` tells Prometheus how it goes, `webhooks/` takes events.
 */
export async function answerOwn(exchange: Exchange, own: OwnPaths): Promise<void> {
  const { request, path, record } = exchange;
  if (path.startsWith(webhookPrefix)) return answerWebhook(exchange, own);
  request.resume();
  const name = request.method === 'GET' || request.method === 'HEAD' ? path.slice(ownPrefix.length) : '';
  if (name === 'health') {
    record.operation = name;
    await answerHealth(exchange, own);
  } else if (name === 'metrics' && own.metricsAudience !== 'off') {
    record.operation = name;
    await answerMetrics(exchange, own);
  } else {
    record.outcome = 'NotFound';
    answer(exchange, 404, { message: `There is no ${request.method} ${path} here.` });
  }
}

async function answerHealth(exchange: Exchange, { isDraining, databaseHealth, version }: OwnPaths): Promise<void> {
  const { record, request } = exchange;
  record.isRoutine = true;
  const health = isDraining() ? 'ok' : await databaseHealth();
  if (isDraining()) {
    record.outcome = 'Draining';
    answer(exchange, 503, { status: 'draining' });
  } else if (health === 'ok') {
    // Strangers need not know which faults this version has.
    answer(exchange, 200, isLocalClient(request) ? { status: 'ok', version } : { status: 'ok' });
  } else {
    record.outcome = health === 'no database' ? 'NoDatabase' : 'DatabaseDamaged';
    answer(exchange, 503, { status: health });
  }
}

async function answerMetrics(exchange: Exchange, { metrics, metricsAudience }: OwnPaths): Promise<void> {
  const { request, record, requestId } = exchange;
  if (metricsAudience === 'loopback' && !isLocalClient(request)) {
    record.outcome = 'Forbidden';
    const message =
      'Metrics are served to clients on the same machine that ask for localhost; start Millrace with --metrics all to open them.';
    answer(exchange, 403, { message });
    return;
  }
  record.isRoutine = true;
  const { contentType, text } = await metrics.read();
  send(exchange, 200, { 'Content-Type': contentType, 'x-amzn-RequestId': requestId }, text);
}

function answer(exchange: Exchange, status: number, document: object): void {
  const headers = { 'Content-Type': 'application/json', 'x-amzn-RequestId': exchange.requestId };
  send(exchange, status, headers, JSON.stringify(document));
}
