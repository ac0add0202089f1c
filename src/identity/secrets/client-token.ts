import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new client token: 256 random bits, so that its plain digest gives nothing away. */
export function newClientToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a client token: its SHA-256 in hexadecimal. */
export function digestClientToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Whether the token is the one behind the digest, in a time that tells nothing about it. */
export function isClientToken(token: string, digest: string): boolean {
  return timingSafeEqual(Buffer.from(digestClientToken(token)), Buffer.from(digest));
}
