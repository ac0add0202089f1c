/** HTTP status of every refusal this room speaks. None is a 5xx: clients repeat those for minutes (clients 4). */
const statusByCode = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IllegalVersioningConfigurationException: 400,
  IncompleteBody: 400,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidDigest: 400,
  InvalidLocationConstraint: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidPartNumber: 416,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
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
  ServerSideEncryptionConfigurationNotFoundError: 404,
  SignatureDoesNotMatch: 403,
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

/** A refusal in S3's words; becomes an `<Error>` document on the wire. `name` and `code` are S3's code. */
export class S3Error extends Error {
  readonly code: S3ErrorCode;
  readonly httpStatus: number;
  readonly details: RefusalDetails;

  constructor(code: S3ErrorCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.httpStatus = statusByCode[code];
    this.details = details;
  }
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
