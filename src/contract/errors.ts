import { modelledErrors, serviceErrors } from './generated.ts';

/**
 * HTTP status of codes that no operation declares (wire 3, 4, 5). JSON services use 400 where REST services use 403.
 */
const frontDoorErrors = {
  AccessDeniedException: 400,
  BuildLeaseLostException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  InvalidActionTypeException: 400,
  InvalidSignatureException: 400,
  MissingAuthenticationTokenException: 400,
  SerializationException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  RequestEntityTooLargeException: 413,
  InternalFailure: 500,
  ServiceUnavailable: 503,
} as const;

const statusByCode = { ...modelledErrors, ...serviceErrors, ...frontDoorErrors };

/** Every error code that a JSON response may have in `__type`. */
export type ErrorCode = keyof typeof statusByCode;

/** An API error in AWS's words: the only error class that crosses rooms and becomes a response. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly httpStatus: number;

  /** An empty message is left out of the response, as AWS does (wire 3). */
  constructor(code: ErrorCode, message = '') {
    super(message);
    this.name = code;
    this.code = code;
    this.httpStatus = statusByCode[code];
  }
}
