import { type ErrorCode, ServiceError } from '../../contract/errors.ts';
import type { AuthenticationError, AuthenticationFailure } from './authentication-error.ts';

/** An error of a service with XML responses. */
export interface XmlRefusal {
  code: string;
  status: number;
  message: string;
}

const jsonCodes = {
  'missing-authentication': 'MissingAuthenticationTokenException',
  'two-authentications': 'InvalidSignatureException',
  'incomplete-authorization': 'IncompleteSignatureException',
  'malformed-url-authorization': 'IncompleteSignatureException',
  'malformed-date': 'IncompleteSignatureException',
  'expired-signature': 'InvalidSignatureException',
  'early-signature': 'InvalidSignatureException',
  'expired-url': 'InvalidSignatureException',
  'early-url': 'InvalidSignatureException',
  'unsigned-header': 'InvalidSignatureException',
  'unsupported-algorithm': 'IncompleteSignatureException',
  'malformed-credential': 'IncompleteSignatureException',
  'wrong-scope': 'InvalidSignatureException',
  'missing-payload-hash': 'IncompleteSignatureException',
  'unknown-access-key': 'UnrecognizedClientException',
  'signature-mismatch': 'InvalidSignatureException',
  'unknown-token': 'UnrecognizedClientException',
  'expired-token': 'ExpiredTokenException',
} as const satisfies Record<AuthenticationFailure, ErrorCode>;

// The query protocol has the same codes without `Exception`, most of them with status 403.
const stsForms: Record<(typeof jsonCodes)[AuthenticationFailure], Omit<XmlRefusal, 'message'>> = {
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  IncompleteSignatureException: { code: 'IncompleteSignature', status: 400 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
  UnrecognizedClientException: { code: 'InvalidClientTokenId', status: 403 },
  ExpiredTokenException: { code: 'ExpiredToken', status: 403 },
};

const malformedHeader = { code: 'AuthorizationHeaderMalformed', status: 400 };
const tooSkewed = {
  code: 'RequestTimeTooSkewed',
  status: 403,
  message: 'The difference between the request time and the current time is too large.',
};

/** S3's code, status and message for each failure; without a message the error's own is used. */
const s3Forms: Record<AuthenticationFailure, { code: string; status: number; message?: string }> = {
  'missing-authentication': { code: 'AccessDenied', status: 403, message: 'Access Denied' },
  'two-authentications': {
    code: 'InvalidArgument',
    status: 400,
    message:
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter ' +
      'or the Authorization header should be specified',
  },
  'incomplete-authorization': malformedHeader,
  'malformed-url-authorization': { code: 'AuthorizationQueryParametersError', status: 400 },
  'malformed-date': {
    code: 'AccessDenied',
    status: 403,
    message: 'AWS authentication requires a valid Date or x-amz-date header',
  },
  'expired-signature': tooSkewed,
  'early-signature': tooSkewed,
  'expired-url': { code: 'AccessDenied', status: 403, message: 'Request has expired' },
  'early-url': { code: 'AccessDenied', status: 403, message: 'Request is not yet valid' },
  'unsigned-header': {
    code: 'AccessDenied',
    status: 403,
    message: 'There were headers present in the request which were not signed',
  },
  'unsupported-algorithm': {
    code: 'InvalidRequest',
    status: 400,
    message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  },
  'malformed-credential': malformedHeader,
  'wrong-scope': malformedHeader,
  'missing-payload-hash': { code: 'InvalidRequest', status: 400 },
  'unknown-access-key': {
    code: 'InvalidAccessKeyId',
    status: 403,
    message: 'The AWS Access Key Id you provided does not exist in our records.',
  },
  'signature-mismatch': {
    code: 'SignatureDoesNotMatch',
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. ' +
      'Check your key and signing method.',
  },
  'unknown-token': {
    code: 'InvalidToken',
    status: 400,
    message: 'The provided token is malformed or otherwise invalid.',
  },
  'expired-token': { code: 'ExpiredToken', status: 400, message: 'The provided token has expired.' },
};

/** Returns the error of a JSON service (CodePipeline and our own), always with status 400 (wire 5). */
export function jsonRefusal(error: AuthenticationError): ServiceError {
  return new ServiceError(jsonCodes[error.reason], error.message);
}

/** Returns the error of S3. */
export function s3Refusal(error: AuthenticationError): XmlRefusal {
  const { code, status, message } = s3Forms[error.reason];
  if (message !== undefined) return { code, status, message };
  const introduction = code === malformedHeader.code ? 'The authorization header is malformed; ' : '';
  return { code, status, message: introduction + error.message };
}

/** Returns the error of STS. */
export function stsRefusal(error: AuthenticationError): XmlRefusal {
  return { ...stsForms[jsonCodes[error.reason]], message: error.message };
}
