import { hashCanonicalRequest, parseQuery } from './canonical-request.ts';
import { formatSignatureDate } from './signature-date.ts';
import type { RequestHeaders } from './signed-request.ts';
import { type Credential, computeSignature, createSigningKeys } from './signing-key.ts';

/** A request from this server to another service. */
export interface OutgoingRequest {
  method: string;
  /** Up to the `?`, percent-encoded as it is sent. */
  path: string;
  /** After the `?`; '' if there is none. */
  query: string;
  /** By lower-case name, including `host`. */
  headers: Record<string, string>;
  /** SHA-256 of the body in hex, or another value for `x-amz-content-sha256`. */
  payloadHash: string;
}

/** Other headers are not signed, since proxies may change them. */
const isSigned = (name: string) => name === 'host' || name === 'content-md5' || name.startsWith('x-amz-');

/** Creates a signer with one access key for one service, named as in the scope of its signatures; it returns all headers to send, including the given ones. */
export function createRequestSigner(
  { sessionToken, ...credential }: Credential & { sessionToken?: string },
  { region, service, now }: { region: string; service: string; now: () => number },
): (request: OutgoingRequest) => Record<string, string> {
  const keys = createSigningKeys(1);
  return ({ headers: given, payloadHash, query, ...request }) => {
    const date = formatSignatureDate(now());
    const headers: Record<string, string> = {
      ...given,
      'x-amz-date': date,
      ...(service === 's3' && { 'x-amz-content-sha256': payloadHash }),
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(headers).filter(isSigned).sort();
    const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
    const scopedCredential = `${credential.accessKeyId}/${scope}`;
    const signingKey = keys.find(scopedCredential, credential.secretAccessKey);
    keys.keep(scopedCredential, signingKey);
    const signedRequest = { ...request, service, query, headers: headers as RequestHeaders, payloadHash };
    const hash = hashCanonicalRequest(signedRequest, parseQuery(query), names, payloadHash);
    const signature = computeSignature(signingKey.key, '', { date, scope }, [hash]);
    return {
      ...headers,
      authorization:
        `AWS4-HMAC-SHA256 Credential=${scopedCredential}, ` +
        `SignedHeaders=${names.join(';')}, Signature=${signature}`,
    };
  };
}
