import type { AwsService } from '../../contract/service-models.ts';

/** The services with signed requests, by their names in the credential scope. */
export type SignedService = 'codepipeline' | 's3' | 'sts' | 'millrace' | AwsService;

/** Header values by lower-case name; a repeated header is a list in its original order. */
export type RequestHeaders = Record<string, string | string[] | undefined>;

/** The signed parts of a request, as received: not decoded, not normalised. */
export interface SignedRequest {
  /** The service the request was routed to; a signature for another one is rejected. */
  service: SignedService;
  method: string;
  /** Up to the `?`. */
  path: string;
  /** After the `?`; '' if there is none. */
  query: string;
  headers: RequestHeaders;
  /**
   * For JSON and STS the SHA-256 of the received body, in lower-case hex. For S3 the value of `x-amz-content-sha256`,
   * or ''; the endpoint then compares the body with `Authentication.payloadHash`.
   */
  payloadHash: string;
  /**
   * S3: `/<bucket>/<key>` as sent, which URLs of signature version 2 sign. Absent if the request is not for an object
   * or such URLs are not accepted.
   */
  resource?: string;
}

/** Returns a header as signers see it: values trimmed and joined by commas, '' if it is absent. */
export function headerText(headers: RequestHeaders, name: string): string {
  // The client chooses the name, which may be `constructor`.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return '';
  return Array.isArray(value) ? value.map(foldBlanks).join(',') : foldBlanks(value);
}

/** Folds blanks and tabs only: `\s` would match the byte A0, the second half of an `à` in UTF-8. */
function foldBlanks(value: string): string {
  if (!/\t| {2}|^ | $/.test(value)) return value;
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}
