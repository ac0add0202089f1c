import type { Logger } from 'pino';
import type { CallRecord } from './call-record.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';

/** Where every call that has ended is recorded. */
export interface Observers {
  log: Logger;
  metrics: Metrics;
}

/** Logs and counts a call whose answer was sent or whose client has gone. */
export function logEndedCall(exchange: Exchange, observers: Observers): void {
  const { requestId, record, startedAt } = exchange;
  const httpStatus = exchange.sentStatus();
  if (httpStatus === undefined) record.outcome = 'ClientGone';
  logCall(record, { requestId, httpStatus, ms: performance.now() - startedAt }, observers);
}

/** Writes one line and counts once. Never headers, bodies or queries: they carry secrets. */
export function logCall(
  record: CallRecord,
  { requestId, httpStatus, ms }: { requestId: string; httpStatus: number | undefined; ms: number },
  { log, metrics }: Observers,
): void {
  metrics.countCall(record, ms / 1000);
  // Most calls of a fleet are empty polls: avoid building a line that is not written.
  if (!log.isLevelEnabled(record.isRoutine ? 'debug' : 'info')) return;
  const { isRoutine, ...fields } = record;
  const line = { requestId, ...fields, httpStatus, ms: Math.round(ms * 10) / 10 };
  if (isRoutine) log.debug(line, 'call');
  else log.info(line, 'call');
}
