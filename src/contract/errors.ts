import { modelledErrors } from './generated.ts';

/**
 * Codes the front door answers although no operation declares them, with their HTTP status
 * (wire 3, 4, 5): JSON services answer 400 where REST services answer 403.
 */
const frontDoorErrors = {
  AccessDeniedException: 400,
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

const statusByCode = { ...modelledErrors, ...frontDoorErrors };

/** Every error code a JSON answer of this service may carry in `__type`. */
export type ErrorCode = keyof typeof statusByCode;

/** A refusal in AWS's words: the one error class that crosses rooms and becomes an answer on the wire. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly httpStatus: number;

  /** An empty message is sent as no message at all, as the front door of the real service does (wire 3). */
  constructor(code: ErrorCode, message = '') {
    super(message);
    this.name = code;
    this.code = code;
    this.httpStatus = statusByCode[code];
  }
}
