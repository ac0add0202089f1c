import { LRUCache } from 'lru-cache';
import { AuthenticationError } from './authentication-error.ts';
import type { QueryParameter } from './canonical-request.ts';
import { headerText, type RequestHeaders, type SignedRequest } from './signed-request.ts';

/** The signature of a request, not checked yet. */
export interface SignatureClaim {
  /** The `Authorization` header, or the query of a presigned URL. */
  source: 'header' | 'url';
  algorithm: string;
  credential: string;
  signedHeaders: readonly string[];
  signature: string;
  /** As written; see `parseSignatureDate`. */
  date: string;
  sessionToken: string | undefined;
  /** The validity of a presigned URL, as written. */
  expiresSeconds: string | undefined;
  /** The value that represents the body in the signature. */
  payloadHash: string;
}

/** Returns the service and region in an unverified signature, for routing; undefined if there is no signature. */
export function peekCredentialScope(
  headers: RequestHeaders,
  query: string,
): { service: string; region: string } | undefined {
  const inHeader = /[ ,]Credential=([^ ,]+)/.exec(headerText(headers, 'authorization'))?.[1];
  const credential = inHeader ?? decode(/(?:^|&)X-Amz-Credential=([^&]*)/.exec(query)?.[1] ?? '');
  const [, , region, service, terminator, ...more] = credential.split('/');
  if (!region || !service || terminator === undefined || more.length > 0) return undefined;
  return { service, region };
}

/** Reads the signature of a request. Only S3 accepts presigned URLs. Throws `AuthenticationError`. */
export function readClaim(request: SignedRequest, query: QueryParameter[]): SignatureClaim {
  const authorization = headerText(request.headers, 'authorization');
  const isPresigned = query.some(({ name }) => name === 'X-Amz-Algorithm');
  if (authorization !== '' && isPresigned) {
    throw new AuthenticationError(
      'two-authentications',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  if (isPresigned && request.service === 's3') return readUrlClaim(request, query);
  if (/^AWS4-/.test(authorization)) return readHeaderClaim(request, authorization);
  // Signature version 2, in a header or a presigned URL.
  const isVersion2Url = request.service === 's3' && query.some(({ name }) => name === 'AWSAccessKeyId');
  if (/^AWS /.test(authorization) || isVersion2Url) {
    throw new AuthenticationError('unsupported-algorithm', "Unsupported AWS 'algorithm': 'AWS'.");
  }
  throw new AuthenticationError('missing-authentication', 'Missing Authentication Token');
}

/** What the headers of one client have in common for a day: everything but the signature. */
type ClaimHead = Pick<SignatureClaim, 'algorithm' | 'credential' | 'signedHeaders'>;

/** A head keeps the header it was cut from. */
const heads = new LRUCache<string, ClaimHead>({ max: 2000 });
const longestKeptHeader = 500;

/** The head as most clients write it; other forms take a slower path with the same result. */
const usualHead = /^(AWS4-[^ ,=]+) Credential=([^ ,=]+), SignedHeaders=([^ ,=]+)$/;
const signatureMark = ', Signature=';
const usualSignature = /^[^ ,=]+$/;

/** Returns the head of a header in the usual form, which ends at `end`; undefined for other forms. */
function readHead(authorization: string, end: number): ClaimHead | undefined {
  if (end < 0) return undefined;
  const text = authorization.slice(0, end);
  const known = heads.get(text);
  if (known) return known;
  const [, algorithm, credential, signedHeaders] = usualHead.exec(text) ?? [];
  if (algorithm === undefined || credential === undefined || signedHeaders === undefined) return undefined;
  const head = { algorithm, credential, signedHeaders: signedHeaders.split(';') };
  if (authorization.length <= longestKeptHeader) heads.set(text, head);
  return head;
}

function readHeaderClaim(request: SignedRequest, authorization: string): SignatureClaim {
  const date = headerText(request.headers, 'x-amz-date') || headerText(request.headers, 'date');
  const end = authorization.lastIndexOf(signatureMark);
  const head = date === '' ? undefined : readHead(authorization, end);
  const signature = head ? authorization.slice(end + signatureMark.length) : '';
  const read = head && usualSignature.test(signature) ? { ...head, signature } : readParameters(authorization, date);
  return {
    source: 'header',
    algorithm: read.algorithm,
    credential: read.credential,
    signedHeaders: read.signedHeaders,
    signature: read.signature,
    date,
    sessionToken: headerText(request.headers, 'x-amz-security-token') || undefined,
    expiresSeconds: undefined,
    payloadHash: request.payloadHash,
  };
}

/** Reads a header in any form. */
function readParameters(authorization: string, date: string): ClaimHead & Pick<SignatureClaim, 'signature'> {
  const [algorithm = '', ...pairs] = authorization.split(/[ ,]+/);
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 0 && pair !== '') {
      throw new AuthenticationError(
        'incomplete-authorization',
        `'${pair}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      );
    }
    parameters.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  refuseIncomplete(parameters, date, authorization);
  const parameter = (name: string): string => parameters.get(name) ?? '';
  return {
    algorithm,
    credential: parameter('Credential'),
    signedHeaders: parameter('SignedHeaders').split(';'),
    signature: parameter('Signature'),
  };
}

function refuseIncomplete(parameters: Map<string, string>, date: string, authorization: string): void {
  const faults = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !parameters.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  const reason = faults.length > 0 ? 'incomplete-authorization' : 'malformed-date';
  if (date === '') {
    faults.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (faults.length > 0) {
    throw new AuthenticationError(reason, `${faults.join(' ')} Authorization=${authorization}`);
  }
}

const urlParameters = ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires'];

function readUrlClaim(request: SignedRequest, query: QueryParameter[]): SignatureClaim {
  const parameters = new Map<string, string>();
  for (const { name, value } of query) {
    if (!name.startsWith('X-Amz-')) continue;
    if (parameters.has(name)) {
      throw new AuthenticationError('malformed-url-authorization', `Query parameter ${name} was given twice.`);
    }
    parameters.set(name, decode(value));
  }
  const parameter = (name: string): string => parameters.get(`X-Amz-${name}`) ?? '';
  if (urlParameters.some((name) => parameter(name) === '')) {
    throw new AuthenticationError(
      'malformed-url-authorization',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
        'X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  return {
    source: 'url',
    algorithm: parameter('Algorithm'),
    credential: parameter('Credential'),
    signedHeaders: parameter('SignedHeaders').split(';'),
    signature: parameter('Signature'),
    date: parameter('Date'),
    sessionToken: parameter('Security-Token') || undefined,
    expiresSeconds: parameter('Expires'),
    payloadHash: parameter('Content-Sha256') || request.payloadHash || 'UNSIGNED-PAYLOAD',
  };
}

/** Percent-decodes a value; one that isn't UTF-8 is returned as it is, and a later check rejects it. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
