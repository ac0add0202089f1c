import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { HmacKey } from '../hmac-key.ts';

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

/** A derived key, and the secret it was derived from. */
interface SigningKey {
  readonly key: HmacKey;
  readonly secretAccessKey: string;
  isKept: boolean;
}

/**
 * Signing keys of verified callers by credential, such as `AKIA…/20260301/eu-west-1/s3/aws4_request`. Deriving one takes
 * longer than the rest of a verification; keys of unverified callers would only evict useful ones.
 */
export interface SigningKeys {
  find(credential: string, secretAccessKey: string): SigningKey;
  keep(credential: string, signingKey: SigningKey): void;
}

/** Caches at most `capacity` keys. */
export function createSigningKeys(capacity: number): SigningKeys {
  const kept = new LRUCache<string, SigningKey>({ max: capacity });
  return {
    find(credential, secretAccessKey) {
      const known = kept.get(credential);
      if (known?.secretAccessKey === secretAccessKey) return known;
      const scope = credential.slice(credential.indexOf('/') + 1);
      return { key: new HmacKey(deriveSigningKey(secretAccessKey, scope)), secretAccessKey, isKept: false };
    },
    keep(credential, signingKey) {
      if (signingKey.isKept) return;
      signingKey.isKept = true;
      kept.set(credential, signingKey);
    },
  };
}

/** Derives the signing key of one caller for a scope such as `20260301/eu-west-1/s3/aws4_request`. */
export function deriveSigningKey(secretAccessKey: string, scope: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`, 'utf8');
  for (const part of scope.split('/')) key = new HmacKey(key).digest(part);
  return key;
}

/** Returns the signature (hex) of a string to sign of `AWS4-HMAC-SHA256<kind>`; `hashes` are its last lines. */
export function computeSignature(key: HmacKey, kind: string, { date, scope }: SigningMoment, hashes: string[]): string {
  return key.hex(`AWS4-HMAC-SHA256${kind}\n${date}\n${scope}\n${hashes.join('\n')}`);
}

/** Compares in constant time. */
export function isSameSignature(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}
