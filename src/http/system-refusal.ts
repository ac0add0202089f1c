import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import { systemFailureOf } from '../contract/system-failure.ts';
import type { Exchange } from './exchange.ts';

/**
 * Returns the 503 for a call that failed because of the disk, the database or a limit of the process, and logs and
 * records it; undefined if it failed for another reason. Every front door calls this before it answers 500.
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
