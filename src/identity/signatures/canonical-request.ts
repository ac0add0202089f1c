import { hash } from 'node:crypto';
import { headerText, type SignedRequest } from './signed-request.ts';

/** A query parameter in the canonical encoding of signature version 4. */
export interface QueryParameter {
  name: string;
  value: string;
}

const unreservedOnly = /^[A-Za-z0-9\-._~]*$/;

/** Parses a raw query string into canonically encoded parameters, in their original order. */
export function parseQuery(query: string): QueryParameter[] {
  if (query === '') return [];
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
      return { name: normalizeEscapes(name.replaceAll('+', ' ')), value: normalizeEscapes(value.replaceAll('+', ' ')) };
    });
}

/** Returns the SHA-256 (hex) of the canonical request. */
export function hashCanonicalRequest(
  request: Omit<SignedRequest, 'service'> & { service: string },
  query: QueryParameter[],
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  let headerLines = '';
  for (const name of signedHeaders) headerLines += `${name}:${headerText(request.headers, name)}\n`;
  const path = request.service === 's3' ? canonicalObjectPath(request.path) : canonicalPath(request.path);
  const text =
    `${request.method}\n${path}\n${canonicalQuery(query)}\n` +
    `${headerLines}\n${signedHeaders.join(';')}\n${payloadHash}`;
  // Node.js decodes each header byte as one character, so this hashes the bytes that the client sent. Beyond ASCII the
  // string itself would be hashed as UTF-8.
  return hash('sha256', Buffer.byteLength(text) === text.length ? text : Buffer.from(text, 'latin1'));
}

/** S3 signs the path encoded once and not normalised: `a//b` and `a/../b` are valid keys. */
function canonicalObjectPath(path: string): string {
  return path === '' ? '/' : path.split('/').map(normalizeEscapes).join('/');
}

/** All other services sign the normalised path, encoded once more than it is sent. */
function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/';
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const slash = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.map((segment) => encodeAll(normalizeEscapes(segment))).join('/')}${slash}`;
}

function canonicalQuery(query: QueryParameter[]): string {
  if (query.length === 0) return '';
  return query
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Converts percent-encoded text to the canonical encoding. */
function normalizeEscapes(text: string): string {
  if (unreservedOnly.test(text)) return text;
  return text.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/gu, (match) => {
    if (match.length < 3) return encodeCharacter(match);
    const decoded = String.fromCharCode(Number.parseInt(match.slice(1), 16));
    return unreservedOnly.test(decoded) ? decoded : match.toUpperCase();
  });
}

function encodeAll(text: string): string {
  return unreservedOnly.test(text) ? text : text.replace(/[^A-Za-z0-9\-._~]/gu, encodeCharacter);
}

function encodeCharacter(character: string): string {
  // Node.js decodes each byte of a request line as one character; anything above FF is decoded text.
  const bytes = Buffer.from(character, character <= '\xff' ? 'latin1' : 'utf8');
  return bytes.toString('hex').toUpperCase().replace(/../g, '%$&');
}
