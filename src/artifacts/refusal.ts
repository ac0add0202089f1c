import { type SystemFailure, systemFailureOf } from '../contract/system-failure.ts';
import { StoreCredentialsError, StoreRefusal, StoreUnavailableError } from './gateway/store-refusal.ts';
import { DamagedObjectError, type Refusal, S3Error, translateSystemFailure } from './protocol/s3-error.ts';

/** How a failed call is answered, and what its log line says. */
export interface FailedCall {
  refusal: Refusal;
  /** Which failure of disk, database or process refused the call. */
  systemError?: SystemFailure['code'];
  /** `server`: its operator has to know, as of damaged objects or a store that does not respond; `bug`: unexpected. */
  fault: 'client' | 'server' | 'bug';
}

/** Explains the error that a call failed with. */
export function explainFailure(thrown: unknown): FailedCall {
  const error = translateSystemFailure(thrown);
  const systemError = systemFailureOf(thrown)?.code;
  if (!isRefusal(error)) return { refusal: internalError, systemError, fault: 'bug' };
  const isServerFault =
    error !== thrown ||
    systemError !== undefined ||
    error instanceof DamagedObjectError ||
    error instanceof StoreUnavailableError ||
    error instanceof StoreCredentialsError;
  return { refusal: error, systemError, fault: isServerFault ? 'server' : 'client' };
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof S3Error || error instanceof StoreRefusal || error instanceof StoreUnavailableError;
}

/** The client learns no internals; they are in the log. */
const internalError: Refusal = {
  code: 'InternalError',
  message: 'We encountered an internal error. Please try again.',
  httpStatus: 500,
  details: {},
};
