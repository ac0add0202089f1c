import { type SystemFailure, systemFailureOf } from '../contract/system-failure.ts';
import { StoreCredentialsError, StoreRefusal, StoreUnavailableError } from './gateway/store-refusal.ts';
import { DamagedObjectError, type Refusal, S3Error, translateSystemFailure } from './protocol/s3-error.ts';

/** The response to a failed call, and the contents of its log line. */
export interface FailedCall {
  refusal: Refusal;
  /** The failure of disk, database or process behind the error. */
  systemError?: SystemFailure['code'];
  /** `server`: the operator must act, for example on damaged objects or an unavailable store; `bug`: unexpected. */
  fault: 'client' | 'server' | 'bug';
}

/** Classifies the error of a failed call. */
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

/** Reveals nothing to the client; the log has the details. */
const internalError: Refusal = {
  code: 'InternalError',
  message: 'We encountered an internal error. Please try again.',
  httpStatus: 500,
  details: {},
};
