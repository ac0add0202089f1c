import { LRUCache } from 'lru-cache';
import { AuthenticationError } from './authentication-error.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { formatSignatureDate, parseSignatureDate } from './signature-date.ts';
import { headerText, type SignedRequest } from './signed-request.ts';

/** The maximum clock skew of a client: the wider of the two windows observed at AWS (wire 5). */
const clockSkewMs = 15 * 60 * 1000;

/** The longest validity of a presigned URL: seven days. */
const maxUrlLifetimeSeconds = 7 * 24 * 60 * 60;

const algorithm = 'AWS4-HMAC-SHA256';
const terminator = 'aws4_request';
const regionPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A credential with a valid scope. */
interface CheckedCredential {
  accessKeyId: string;
  /** `yyyyMMdd`. */
  day: string;
  region: string;
  service: string;
  /** The scope as in the string to sign: the credential without the key id. */
  scope: string;
}

/** A checked claim; only the caller and the signature are not verified yet. */
export interface CheckedClaim {
  credential: CheckedCredential;
  /** The date as in the string to sign. */
  date: string;
  /** In ms. */
  signedAt: number;
}

/**
 * Makes all checks that need no key, in AWS's order (wire 5): date format, skew, signed headers, algorithm, credential,
 * scope. Throws `AuthenticationError`.
 */
export function checkClaim(claim: SignatureClaim, request: SignedRequest, at: number): CheckedClaim {
  const signedAt = checkDate(claim);
  // A date in HTTP form, which ends in GMT, is signed in the basic form.
  const date = claim.date.endsWith('Z') ? claim.date : formatSignatureDate(signedAt);
  if (claim.source === 'url') checkUrlLifetime(claim, signedAt, at);
  else checkSkew(signedAt, at);
  checkSignedHeaders(claim, request);
  if (claim.algorithm !== algorithm) {
    throw new AuthenticationError(
      'unsupported-algorithm',
      `Unsupported AWS 'algorithm': '${claim.algorithm}' (only ${algorithm} for now). `,
    );
  }
  return { credential: checkCredential(claim, request, date), date, signedAt };
}

function checkDate(claim: SignatureClaim): number {
  const signedAt = parseSignatureDate(claim.date);
  if (signedAt !== undefined) return signedAt;
  if (claim.source === 'url') {
    throw new AuthenticationError(
      'malformed-url-authorization',
      "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    );
  }
  throw new AuthenticationError(
    'malformed-date',
    `Date must be in ISO-8601 'basic format'. Got '${claim.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

function checkSkew(signedAt: number, at: number): void {
  if (Math.abs(signedAt - at) <= clockSkewMs) return;
  const [signed, now] = [formatSignatureDate(signedAt), formatSignatureDate(at)];
  if (signedAt < at) {
    const earliest = formatSignatureDate(at - clockSkewMs);
    throw new AuthenticationError(
      'expired-signature',
      `Signature expired: ${signed} is now earlier than ${earliest} (${now} - 15 min.)`,
    );
  }
  const latest = formatSignatureDate(at + clockSkewMs);
  throw new AuthenticationError(
    'early-signature',
    `Signature not yet current: ${signed} is still later than ${latest} (${now} + 15 min.)`,
  );
}

function checkUrlLifetime({ expiresSeconds = '' }: SignatureClaim, signedAt: number, at: number): void {
  if (!/^-?\d{1,12}$/.test(expiresSeconds)) {
    throw new AuthenticationError('malformed-url-authorization', 'X-Amz-Expires should be a number');
  }
  const seconds = Number(expiresSeconds);
  if (seconds < 0) throw new AuthenticationError('malformed-url-authorization', 'X-Amz-Expires must be non-negative');
  if (seconds > maxUrlLifetimeSeconds) {
    throw new AuthenticationError(
      'malformed-url-authorization',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ' +
        `${maxUrlLifetimeSeconds} seconds`,
    );
  }
  if (signedAt > at + clockSkewMs) throw new AuthenticationError('early-url', 'Request is not yet valid');
  if (signedAt + seconds * 1000 < at) throw new AuthenticationError('expired-url', 'Request has expired');
}

// Protected in another way: as the payload hash, as the signed date, and by the key id.
const boundAnyway = new Set(['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']);

/** Throws if a header that determines the effect of a request is not signed, since an eavesdropper could change it. */
function checkSignedHeaders({ signedHeaders }: SignatureClaim, request: SignedRequest): void {
  if (!signedHeaders.includes('host')) {
    throw new AuthenticationError('unsigned-header', "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const needed =
    request.service === 's3'
      ? Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !boundAnyway.has(name))
      : ['x-amz-target'];
  if (needed.every((name) => signedHeaders.includes(name))) return;
  const unsigned = needed.find((name) => headerText(request.headers, name) !== '' && !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    const name = unsigned.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
    throw new AuthenticationError('unsigned-header', `'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

/** Valid credential scopes; a client sends the same one all day. */
const credentials = new LRUCache<string, CheckedCredential>({ max: 10_000 });
const longestKeptCredential = 250;

function checkCredential(claim: SignatureClaim, request: SignedRequest, date: string): CheckedCredential {
  const known = credentials.get(claim.credential);
  if (known && known.service === request.service && date.startsWith(known.day)) return known;
  const isUrl = claim.source === 'url';
  const parts = claim.credential.split('/');
  const [accessKeyId = '', day = '', region = '', service = '', scopeEnd = ''] = parts;
  if (parts.length !== 5) {
    throw new AuthenticationError(
      isUrl ? 'malformed-url-authorization' : 'malformed-credential',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, ' +
        `got '${claim.credential}'`,
    );
  }
  let fault = '';
  if (!regionPattern.test(region)) fault += `Credential should be scoped to a valid region, not '${region}'. `;
  if (service !== request.service) fault += `Credential should be scoped to correct service: '${request.service}'. `;
  if (scopeEnd !== terminator) {
    fault += `Credential should be scoped with a valid terminator: '${terminator}', not '${scopeEnd}'. `;
  }
  if (day !== date.slice(0, 8)) {
    fault +=
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      `'${day}' != '${date.slice(0, 8)}', from '${date}'. `;
  }
  if (fault !== '') throw new AuthenticationError(isUrl ? 'malformed-url-authorization' : 'wrong-scope', fault);
  const checked = {
    accessKeyId,
    day,
    region,
    service,
    scope: `${day}/${region}/${service}/${terminator}`,
  };
  if (claim.credential.length <= longestKeptCredential) credentials.set(claim.credential, checked);
  return checked;
}
