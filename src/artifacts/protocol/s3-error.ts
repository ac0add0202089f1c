import { ServiceError } from '../../contract/errors.ts';
import { systemFailureOf } from '../../contract/system-failure.ts';

/**
 * HTTP status of every refusal this room speaks. None is a 5xx that clients repeat for minutes (clients 4): those of a
 * full disk are told at once.
 */
const statusByCode = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  BadDigest: 400,
  BadRequest: 400,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IllegalVersioningConfigurationException: 400,
  IncompleteBody: 400,
  InsufficientStorage: 507,
  ServiceUnavailable: 503,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidChunkSizeError: 403,
  InvalidDigest: 400,
  InvalidLocationConstraint: 400,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidPartNumber: 416,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidTag: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedPolicy: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MaxMessageLengthExceeded: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchBucketPolicy: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchPublicAccessBlockConfiguration: 404,
  NoSuchTagSet: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NoSuchWebsiteConfiguration: 404,
  NotImplemented: 400,
  ObjectLockConfigurationNotFoundError: 404,
  OwnershipControlsNotFoundError: 404,
  PreconditionFailed: 412,
  ReplicationConfigurationNotFoundError: 404,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;

/** A code of S3's that a refusal may carry. */
export type S3ErrorCode = keyof typeof statusByCode;

/** What a refusal carries besides its code and message. */
export interface RefusalDetails {
  /** Headers of the answer. */
  headers?: Record<string, string>;
  /** Further elements of the error document, by name. */
  elements?: Record<string, string | number>;
}

/** What an `<Error>` document and its answer are made of. */
export interface Refusal {
  code: string;
  message: string;
  httpStatus: number;
  details: RefusalDetails;
}

/** A refusal in S3's words; becomes an `<Error>` document on the wire. `name` and `code` are S3's code. */
export class S3Error extends Error implements Refusal {
  readonly code: S3ErrorCode;
  readonly httpStatus: number;
  readonly details: RefusalDetails;

  constructor(code: S3ErrorCode, message: string, details: RefusalDetails = {}, cause?: unknown) {
    super(message, { cause });
    this.name = code;
    this.code = code;
    this.httpStatus = statusByCode[code];
    this.details = details;
  }
}

/**
 * The stored bytes are not those that were written: a bit was flipped, the file was cut or is missing, or its key cannot
 * be opened. Nobody is ever given them as good. `message` says what, for the log too; no client can mend it by asking
 * again, so it is no 5xx.
 */
export class DamagedObjectError extends S3Error {
  constructor(what: string, cause?: unknown) {
    super('InvalidObjectState', `The stored bytes of this object are damaged: ${what}.`, {}, cause);
  }
}

/**
 * The refusal that a failure of the system amounts to: no room, no database, no file descriptor, a disk that fails; every
 * other error as it is.
 */
export function tellUnavailable(error: unknown): unknown {
  if (error instanceof S3Error || error instanceof ClientGoneError) return error;
  const failure = systemFailureOf(error);
  if (failure?.kind === 'full') {
    return new S3Error('InsufficientStorage', 'The server has no room left to store this.', {}, error);
  }
  if (error instanceof ServiceError && error.httpStatus === 503) {
    return new S3Error('ServiceUnavailable', error.message, {}, error);
  }
  if (!failure) return error;
  return new S3Error('ServiceUnavailable', 'The server cannot do this at present. Please try again.', {}, error);
}

/** The client went away before its request was whole: nothing is kept, and nobody is there to be told. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('The client went away before its body ended.', { cause });
    this.name = 'ClientGoneError';
  }
}

/** The refusals that several operations share, in S3's texts. */
export const refusals = {
  noSuchBucket: (bucket: string) =>
    new S3Error('NoSuchBucket', 'The specified bucket does not exist', { elements: { BucketName: bucket } }),
  noSuchKey: (key: string, headers?: Record<string, string>) =>
    new S3Error('NoSuchKey', 'The specified key does not exist.', { headers, elements: { Key: key } }),
  noSuchUpload: (uploadId: string) =>
    new S3Error(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      { elements: { UploadId: uploadId } },
    ),
  grantEnded: () => new S3Error('AccessDenied', 'The right to write this object ended before the write was complete.'),
  preconditionFailed: (condition: string) =>
    new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      elements: { Condition: condition },
    }),
  invalidPart: () =>
    new S3Error(
      'InvalidPart',
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    ),
  invalidArgument: (name: string, value: string, message: string) =>
    new S3Error('InvalidArgument', message, { elements: { ArgumentName: name, ArgumentValue: value } }),
  malformedXml: (detail = '') =>
    new S3Error(
      'MalformedXML',
      `The XML you provided was not well-formed or did not validate against our published schema${detail && `: ${detail}`}`,
    ),
};
