import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { systemFailureOf } from '../contract/system-failure.ts';
import type { Exchange } from './exchange.ts';

/**
 * Returns the 503 of a call that failed for the disk, the database or a limit of the process, logged and noted for the
 * metrics; undefined when that is not why it failed. Every front door asks here before it answers 500.
 */
export function systemRefusal(
  error: unknown,
  { record, requestId }: Pick<Exchange, 'record' | 'requestId'>,
  log: Logger,
): ServiceError | undefined {
  const known = error instanceof ServiceError && error.httpStatus === 503 ? error : undefined;
  const failure = systemFailureOf(error);
  if (!failure && !known) return undefined;
  if (failure) record.systemError = failure.code;
  log.error({ requestId, systemError: failure?.code, err: error }, 'a call could not be performed');
  return known ?? new ServiceError('ServiceUnavailable', 'The server cannot do this at present. Try again.');
}
