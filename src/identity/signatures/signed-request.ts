/** The services whose signatures we verify, by their names in the credential scope. */
export type SignedService = 'codepipeline' | 's3' | 'sts' | 'millrace';

/** Header values by lower-case name; a header that came several times is a list in the order of arrival. */
export type RequestHeaders = Record<string, string | string[] | undefined>;

/** What of a request takes part in its signature. All text is as it came: nothing decoded, nothing normalised. */
export interface SignedRequest {
  /** The service the request was routed to; a signature for another one is refused. */
  service: SignedService;
  method: string;
  /** Up to the `?`. */
  path: string;
  /** After the `?`, '' when there is none. */
  query: string;
  headers: RequestHeaders;
  /**
   * JSON and STS: the SHA-256 of the body that arrived, as lower-case hex. S3: the value of `x-amz-content-sha256`,
   * '' when there is none; the endpoint then holds the body to what `Authentication.payloadHash` says.
   */
  payloadHash: string;
  /**
   * S3: `/<bucket>/<key>` of the object as sent, which URLs of signature version 2 are signed for. Absent for requests
   * that are about no object, and where such URLs are not accepted.
   */
  resource?: string;
}

/** One header as a signer sees it: values joined by commas and trimmed, '' when it is absent. */
export function headerText(headers: RequestHeaders, name: string): string {
  // A client chooses the name, and `constructor` is no header.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return '';
  return Array.isArray(value) ? value.map(foldBlanks).join(',') : foldBlanks(value);
}

/** Only blanks and tabs: `\s` would eat the byte A0, which is the second half of an `à` in UTF-8. */
function foldBlanks(value: string): string {
  if (!/\t| {2}|^ | $/.test(value)) return value;
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}
