import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { openSecret } from '../api/codepipeline/webhooks/webhook.ts';
import type { Dependencies } from '../api/dependencies.ts';
import { parseAddressRange } from '../model/address-range.ts';
import type { ListedWebhook } from '../store/store.ts';
import { WebhookRefusal } from './refusal.ts';

/** A request before its body. */
export interface WebhookRequest {
  headers: IncomingHttpHeaders;
  /** The client's address; undefined behind a proxy. */
  peerAddress?: string;
}

interface Signature {
  algorithm: 'sha1' | 'sha256';
  digest: Buffer;
}

/** Rejects senders that no body could authenticate. Throws `WebhookRefusal`. */
export function admitSender({ definition }: ListedWebhook, { headers, peerAddress }: WebhookRequest): void {
  const { authentication, authenticationConfiguration } = definition;
  if (authentication === 'GITHUB_HMAC' && !readSignature(headers)) throw new WebhookRefusal('SignatureMissing');
  if (authentication !== 'IP') return;
  if (peerAddress === undefined) throw new WebhookRefusal('AddressUnknown');
  const range = parseAddressRange(authenticationConfiguration.AllowedIPRange ?? '');
  if (!range?.includes(peerAddress)) throw new WebhookRefusal('AddressNotAllowed');
}

/** Digests of an event's body, computed as it arrives: hashing a large one takes as long as receiving it. */
export interface EventDigest {
  update(chunk: Buffer): void;
  /** Rejects a body that was not signed with the webhook's secret. Throws `WebhookRefusal`. */
  checkSignature(): void;
  /** Returns a hash of the body of a signed event; undefined for others. */
  bodyHash(): string | undefined;
}

const noDigest: EventDigest = {
  update: () => undefined,
  checkSignature: () => undefined,
  bodyHash: () => undefined,
};

/** Creates the digest of an event whose sender was admitted. Throws `WebhookRefusal`. */
export function createEventDigest(
  webhook: ListedWebhook,
  { headers }: Pick<WebhookRequest, 'headers'>,
  sealer: Dependencies['sealer'],
): EventDigest {
  if (webhook.definition.authentication !== 'GITHUB_HMAC') return noDigest;
  const signature = readSignature(headers);
  if (!signature) throw new WebhookRefusal('SignatureMissing');
  const signed = createHmac(signature.algorithm, openSecret(webhook, sealer));
  const hash = createHash('sha256');
  return {
    update(chunk) {
      signed.update(chunk);
      hash.update(chunk);
    },
    checkSignature() {
      const expected = signed.digest();
      const { digest } = signature;
      if (digest.length !== expected.length || !timingSafeEqual(digest, expected)) {
        throw new WebhookRefusal('SignatureMismatch');
      }
    },
    bodyHash: () => hash.digest('base64url'),
  };
}

/** Returns the stronger of GitHub's two headers (behaviour C.13), even if only the other one is valid. */
function readSignature(headers: IncomingHttpHeaders): Signature | undefined {
  const text = String(headers['x-hub-signature-256'] ?? headers['x-hub-signature'] ?? '');
  const [, algorithm, digest = ''] = /^(sha256|sha1)=((?:[0-9a-f]{2})+)$/i.exec(text) ?? [];
  if (algorithm === undefined) return undefined;
  return { algorithm: algorithm.toLowerCase() === 'sha1' ? 'sha1' : 'sha256', digest: Buffer.from(digest, 'hex') };
}
