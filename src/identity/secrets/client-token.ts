import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Returns a new client token of 256 random bits, enough that a plain digest reveals nothing. */
export function newClientToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Returns the stored form of a client token: its SHA-256 in hex. */
export function digestClientToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Reports in constant time whether the digest is that of the token. */
export function isClientToken(token: string, digest: string): boolean {
  return timingSafeEqual(Buffer.from(digestClientToken(token)), Buffer.from(digest));
}
