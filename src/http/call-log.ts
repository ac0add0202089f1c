import type { Logger } from 'pino';
import type { CallRecord } from './call-record.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';

/** Who is told of every call that has ended. */
export interface Observers {
  log: Logger;
  metrics: Metrics;
}

/** Tells log and metrics of a call when its answer has been sent or its client has gone. */
export function observeCall(exchange: Exchange, observers: Observers): void {
  const { response, requestId, record } = exchange;
  const startedAt = performance.now();
  exchange.whenOver(() => {
    const wasAnswered = response.writableFinished;
    if (!wasAnswered) record.outcome = 'ClientGone';
    const httpStatus = wasAnswered ? response.statusCode : undefined;
    tell(record, { requestId, httpStatus, ms: performance.now() - startedAt }, observers);
  });
}

/** One line and one count. Never headers, bodies or queries: they carry secrets. */
export function tell(
  record: CallRecord,
  { requestId, httpStatus, ms }: { requestId: string; httpStatus: number | undefined; ms: number },
  { log, metrics }: Observers,
): void {
  metrics.countCall(record, ms / 1000);
  // Most calls of a fleet are empty polls: no line is made of them for nobody to read.
  if (!log.isLevelEnabled(record.isRoutine ? 'debug' : 'info')) return;
  const { isRoutine, ...fields } = record;
  const line = { requestId, ...fields, httpStatus, ms: Math.round(ms * 10) / 10 };
  if (isRoutine) log.debug(line, 'call');
  else log.info(line, 'call');
}
