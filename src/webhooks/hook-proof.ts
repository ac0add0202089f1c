import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import { type HookSecret, pushTokenOf } from '../resources/push-token.ts';
import type { Proof } from './forges/forge.ts';
import { WebhookRefusal } from './refusal.ts';

/** How far the clock of a sender may be away before its signature is too old. */
const freshMs = 5 * 60 * 1000;

/** Checks a body that arrives in pieces. */
export interface BodyProof {
  update(chunk: Buffer): void;
  /** Rejects a body that was not signed with the secret. Throws `WebhookRefusal`. */
  check(): void;
  /** Returns a hash of the body; call it once. */
  bodyHash(): string;
}

/**
 * Checks what can be checked before the body, and returns the check of the body. Comparisons take constant
 * time. Throws `WebhookRefusal`.
 */
export function checkProof(proof: Proof, { secret, hookId }: HookSecret, at: number): BodyProof {
  const body = createHash('sha256');
  const bodyHash = () => body.digest('base64url');
  if (proof.kind !== 'signature') {
    const [given, expected] =
      proof.kind === 'secret' ? [proof.secret, secret] : [proof.token, pushTokenOf({ secret, hookId })];
    if (!isSameText(given, expected)) throw new WebhookRefusal('ProofMismatch');
    return { update: (chunk) => void body.update(chunk), check: () => undefined, bodyHash };
  }
  const { algorithm, digests, prefix = '', signedAt = at } = proof;
  if (Math.abs(at - signedAt) > freshMs) throw new WebhookRefusal('ProofExpired');
  const signed = createHmac(algorithm, keyOf(secret)).update(prefix);
  return {
    update(chunk) {
      signed.update(chunk);
      body.update(chunk);
    },
    check() {
      const expected = signed.digest();
      const isRight = digests.some((digest) => digest.length === expected.length && timingSafeEqual(digest, expected));
      if (!isRight) throw new WebhookRefusal('ProofMismatch');
    },
    bodyHash,
  };
}

const standardPrefix = 'whsec_';

/** Returns the key of signatures: Standard Webhooks write it in base64 behind a prefix, everybody else as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(standardPrefix)
    ? Buffer.from(secret.slice(standardPrefix.length), 'base64')
    : Buffer.from(secret);
}

function isSameText(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
