import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** The part of a credential after the key id; `date` is `yyyyMMdd`. */
export interface CredentialScope {
  date: string;
  region: string;
  service: string;
}

/** A key id and its current secret. */
export interface Credential {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The part of the string to sign that doesn't depend on the request. */
export interface SigningMoment {
  /** `yyyyMMddTHHmmssZ`. */
  date: string;
  /** `yyyyMMdd/<region>/<service>/aws4_request`. */
  scope: string;
}

/**
 * Signing keys of verified callers. Deriving one takes four HMACs, three times as long as the rest of a verification;
 * keys of unverified callers would only evict useful ones.
 */
export interface SigningKeys {
  find(credential: Credential, scope: CredentialScope): KeyObject;
  keep(credential: Credential, scope: CredentialScope, key: KeyObject): void;
}

/** Caches at most `capacity` keys: one for each key id, day, region and service. */
export function createSigningKeys(capacity: number): SigningKeys {
  const held = new LRUCache<string, { secretAccessKey: string; key: KeyObject }>({ max: capacity });
  const nameOf = (accessKeyId: string, { date, region, service }: CredentialScope) =>
    `${accessKeyId}/${date}/${region}/${service}`;
  return {
    find({ accessKeyId, secretAccessKey }, scope) {
      const known = held.get(nameOf(accessKeyId, scope));
      return known?.secretAccessKey === secretAccessKey ? known.key : deriveSigningKey(secretAccessKey, scope);
    },
    keep({ accessKeyId, secretAccessKey }, scope, key) {
      const name = nameOf(accessKeyId, scope);
      // `find` has already marked it as used.
      if (held.peek(name)?.key !== key) held.set(name, { secretAccessKey, key });
    },
  };
}

/** Derives the signing key of one caller for one day, region and service. */
export function deriveSigningKey(secretAccessKey: string, { date, region, service }: CredentialScope): KeyObject {
  let key = createSecretKey(Buffer.from(`AWS4${secretAccessKey}`, 'utf8'));
  for (const part of [date, region, service, 'aws4_request']) {
    key = createSecretKey(createHmac('sha256', key).update(part, 'utf8').digest());
  }
  return key;
}

/**
 * Returns the signature (hex) of a string to sign of `AWS4-HMAC-SHA256<kind>`; `hashes` are its last lines. The key is
 * a KeyObject because with a Buffer an HMAC takes five times as long on Node.js 24.
 */
export function computeSignature(
  key: KeyObject,
  kind: string,
  { date, scope }: SigningMoment,
  hashes: string[],
): string {
  const text = `AWS4-HMAC-SHA256${kind}\n${date}\n${scope}\n${hashes.join('\n')}`;
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

/** Compares in constant time. */
export function isSameSignature(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}
