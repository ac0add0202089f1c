import { createHmac, timingSafeEqual } from 'node:crypto';
import { AuthenticationError } from './authentication-error.ts';
import { headerText, type SignedRequest } from './signed-request.ts';

/** The signature in a presigned URL of signature version 2, and the string that it must sign. */
export interface Version2Claim {
  accessKeyId: string;
  /** In ms. */
  expiresAt: number;
  signature: string;
  stringToSign: string;
  payloadHash: string;
}

const methods = new Set(['GET', 'HEAD', 'PUT']);
/** Parameters that select the response, which version 2 signs as part of the resource. */
const signedParameters =
  /^(?:versionId|response-(?:content-type|content-language|expires|cache-control|content-disposition|content-encoding))$/;
const otherParameters = /^(?:AWSAccessKeyId|Expires|Signature|content-type|content-md5|x-amz-[a-z0-9-]+)$/;
const unsupported = new Set(['x-amz-security-token', 'x-amz-account-id']);

/** Reports whether a request is signed only by version 2 in its URL. */
export function isVersion2Url({ service, headers, query }: SignedRequest): boolean {
  return (
    service === 's3' &&
    headerText(headers, 'authorization') === '' &&
    /(?:^|&)AWSAccessKeyId=/.test(query) &&
    !/(?:^|&)X-Amz-Algorithm=/.test(query)
  );
}

/**
 * Reads the signature in a URL for one object. Other parameters than the known ones are rejected: version 2 doesn't
 * sign them, so anyone with the URL could add them. `resource` is `/<bucket>/<key>` as sent. Throws
 * `AuthenticationError`.
 */
export function readVersion2Url(request: SignedRequest, resource: string): Version2Claim {
  const { method, headers } = request;
  const parameters = readParameters(request.query);
  const parameter = (name: string) => parameters.get(name) ?? '';
  const [expires, signature] = [parameter('Expires'), parameter('Signature')];
  if (signature === '' || !/^\d{1,12}$/.test(expires)) {
    throw malformed('Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters');
  }
  const header = (name: string) => Buffer.from(headerText(headers, name), 'latin1').toString('utf8');
  const names = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  const amazon = new Map(names.map((name) => [name, header(name)]));
  for (const [name, value] of parameters) {
    if (!name.startsWith('x-amz-')) continue;
    if (amazon.has(name)) throw malformed(`${name} was given both in a header and in the query`);
    amazon.set(name, value);
  }
  const payloadHash = amazon.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  if (
    !methods.has(method) ||
    payloadHash.startsWith('STREAMING-') ||
    [...unsupported].some((name) => amazon.has(name))
  ) {
    throw unsupportedUrl();
  }
  const lines = [...amazon].sort(byName).map(([name, value]) => `${name}:${value}\n`);
  const signed = [...parameters].filter(([name]) => signedParameters.test(name)).sort(byName);
  const choice = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  const content = ['content-md5', 'content-type'].map((name) => header(name) || parameter(name));
  return {
    accessKeyId: parameter('AWSAccessKeyId'),
    expiresAt: Number(expires) * 1000,
    signature,
    stringToSign: `${[method, ...content, expires].join('\n')}\n${lines.join('')}${resource}${choice && `?${choice}`}`,
    payloadHash,
  };
}

/** Reports whether the claim was signed with this secret. */
export function isSignedBy({ stringToSign, signature }: Version2Claim, secretAccessKey: string): boolean {
  const expected = createHmac('sha1', secretAccessKey).update(stringToSign, 'utf8').digest('base64');
  const [one, other] = [Buffer.from(expected), Buffer.from(signature)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** The error where version 2 is not accepted. */
function unsupportedUrl(): AuthenticationError {
  return new AuthenticationError('unsupported-algorithm', "Unsupported AWS 'algorithm': 'AWS'.");
}

function readParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split('&').filter((text) => text !== '')) {
    const equals = part.indexOf('=');
    const [name, value] =
      equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    if (!signedParameters.test(name) && !otherParameters.test(name)) throw unsupportedUrl();
    if (parameters.has(name)) throw malformed(`Query parameter ${name} was given twice.`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Keeps plus signs: signatures are base64, and signers encode blanks as `%20`. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('The query is not percent-encoded UTF-8.');
  }
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function malformed(message: string): AuthenticationError {
  return new AuthenticationError('malformed-url-authorization', message);
}
