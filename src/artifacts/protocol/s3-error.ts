import { ServiceError } from '../../contract/errors.ts';
import { systemFailureOf } from '../../contract/system-failure.ts';

/** HTTP statuses by error code; never a 5xx for unsupported requests, which clients would retry (clients 4). */
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

/** An error code of S3. */
export type S3ErrorCode = keyof typeof statusByCode;

/** What an error carries besides its code and message. */
export interface RefusalDetails {
  /** Headers of the response. */
  headers?: Record<string, string>;
  /** Further elements of the error document, by name. */
  elements?: Record<string, string | number>;
}

/** The contents of an error response. */
export interface Refusal {
  code: string;
  message: string;
  httpStatus: number;
  details: RefusalDetails;
}

/** An error of S3; sent as an `<Error>` document. `name` and `code` are S3's code. */
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
 * The stored bytes are not those that were written: a bit flipped, the file is truncated or missing, or its key cannot
 * be opened. Not a 5xx, because a retry cannot help.
 */
export class DamagedObjectError extends S3Error {
  constructor(what: string, cause?: unknown) {
    super('InvalidObjectState', `The stored bytes of this object are damaged: ${what}.`, {}, cause);
  }
}

/**
 * Translates a system failure (full disk, lost database, no file descriptors, failing disk) into an S3Error; returns any
 * other error unchanged.
 */
export function translateSystemFailure(error: unknown): unknown {
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

/** The client disconnected before its request was complete, so there is nobody to respond to. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('The client disconnected before the end of its body.', { cause });
    this.name = 'ClientGoneError';
  }
}

/** Errors that several operations share, with S3's texts. */
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
