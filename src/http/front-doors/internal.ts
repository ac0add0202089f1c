import type { Logger } from 'pino';
import { ServiceError } from '../../contract/errors.ts';
import { isLocalClient } from '../client-address.ts';
import type { Answer, Exchange } from '../exchange.ts';
import type { DatabaseHealth } from '../health.ts';
import type { Metrics } from '../metrics.ts';
import { systemRefusal } from '../system-refusal.ts';
import type { FrontDoor } from './front-door.ts';
import { errorAnswer } from './json-answer.ts';

/** Everything that is ours and not AWS's is under this path, which is not a valid bucket name (decision 13). */
const prefix = '/-/';

/** Who may read the metrics: clients on this machine, all clients, or none. */
type MetricsAudience = 'loopback' | 'all' | 'off';

/** What our own routes need. */
export interface InternalParts {
  version: string;
  metrics: Metrics;
  metricsAudience: MetricsAudience;
  isDraining(): boolean;
  databaseHealth(): Promise<DatabaseHealth>;
  log: Logger;
}

/**
 * Serves `/-/health`, which is 503 while the server stops or the database does not respond, and `/-/metrics` for
 * Prometheus. Neither is signed.
 */
export function createInternalDoor(parts: InternalParts): FrontDoor {
  return {
    name: 'own',
    matches: ({ path }) => path.startsWith(prefix),
    authenticate: async () => undefined,
    async perform(_call, exchange) {
      const { request, path, record } = exchange;
      const name = request.method === 'GET' || request.method === 'HEAD' ? path.slice(prefix.length) : '';
      if (name === 'health' || (name === 'metrics' && parts.metricsAudience !== 'off')) {
        record.operation = name;
        return name === 'health' ? readHealth(exchange, parts) : readMetrics(exchange, parts);
      }
      record.outcome = 'NotFound';
      return answer(exchange, 404, { message: `There is no ${request.method} ${path} here.` });
    },
    refuse(error, exchange) {
      const unavailable = systemRefusal(error, exchange, parts.log);
      if (!unavailable)
        parts.log.error({ requestId: exchange.requestId, err: error }, 'a request could not be answered');
      return errorAnswer(exchange, unavailable ?? new ServiceError('InternalFailure'));
    },
  };
}

async function readHealth(exchange: Exchange, { isDraining, databaseHealth, version }: InternalParts): Promise<Answer> {
  const { record, request } = exchange;
  record.isRoutine = true;
  const health = isDraining() ? 'ok' : await databaseHealth();
  if (isDraining()) {
    record.outcome = 'Draining';
    return answer(exchange, 503, { status: 'draining' });
  }
  if (health === 'ok') {
    // Strangers need not know which faults this version has.
    return answer(exchange, 200, isLocalClient(request) ? { status: 'ok', version } : { status: 'ok' });
  }
  record.outcome = health === 'no database' ? 'NoDatabase' : 'DatabaseDamaged';
  return answer(exchange, 503, { status: health });
}

async function readMetrics(exchange: Exchange, { metrics, metricsAudience }: InternalParts): Promise<Answer> {
  const { request, record, requestId } = exchange;
  if (metricsAudience === 'loopback' && !isLocalClient(request)) {
    record.outcome = 'Forbidden';
    const message =
      'Metrics are served to clients on the same machine that ask for localhost; start Millrace with --metrics all to open them.';
    return answer(exchange, 403, { message });
  }
  record.isRoutine = true;
  const { contentType, text } = await metrics.read();
  return { status: 200, headers: { 'Content-Type': contentType, 'x-amzn-RequestId': requestId }, body: text };
}

function answer({ requestId }: Exchange, status: number, document: object): Answer {
  const headers = { 'Content-Type': 'application/json', 'x-amzn-RequestId': requestId };
  return { status, headers, body: JSON.stringify(document) };
}
