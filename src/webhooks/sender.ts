import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { openSecret } from '../api/codepipeline/webhooks/webhook.ts';
import type { Dependencies } from '../api/dependencies.ts';
import { parseAddressRange } from '../model/address-range.ts';
import type { ListedWebhook } from '../store/store.ts';
import { WebhookRefusal } from './refusal.ts';

/** What is known of a request before its body. */
export interface WebhookRequest {
  headers: IncomingHttpHeaders;
  /** Who is at the other end of the connection; undefined when a proxy passed the request on for somebody else. */
  peerAddress?: string;
}

interface Signature {
  algorithm: 'sha1' | 'sha256';
  digest: Buffer;
}

/** Refuses whom the webhook cannot take an event from, whatever the body. Throws `WebhookRefusal`. */
export function admitSender({ definition }: ListedWebhook, { headers, peerAddress }: WebhookRequest): void {
  const { authentication, authenticationConfiguration } = definition;
  if (authentication === 'GITHUB_HMAC' && !readSignature(headers)) throw new WebhookRefusal('SignatureMissing');
  if (authentication !== 'IP') return;
  if (peerAddress === undefined) throw new WebhookRefusal('AddressUnknown');
  const range = parseAddressRange(authenticationConfiguration.AllowedIPRange ?? '');
  if (!range?.includes(peerAddress)) throw new WebhookRefusal('AddressNotAllowed');
}

/** What is computed of an event's body as it arrives: a large one takes the processor as long as it takes the line. */
export interface EventDigest {
  update(chunk: Buffer): void;
  /** Refuses a body that the webhook's secret has not signed. Throws `WebhookRefusal`. */
  checkSignature(): void;
  /** A hash of the body of a signed event; undefined for others. */
  bodyHash(): string | undefined;
}

const noDigest: EventDigest = {
  update: () => undefined,
  checkSignature: () => undefined,
  bodyHash: () => undefined,
};

/** Begins the digest of an event whose sender has been admitted. Throws `WebhookRefusal`. */
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

/** The stronger of GitHub's two headers (behaviour C.13); a request with a bad one is not given a second chance. */
function readSignature(headers: IncomingHttpHeaders): Signature | undefined {
  const text = String(headers['x-hub-signature-256'] ?? headers['x-hub-signature'] ?? '');
  const [, algorithm, digest = ''] = /^(sha256|sha1)=((?:[0-9a-f]{2})+)$/i.exec(text) ?? [];
  if (algorithm === undefined) return undefined;
  return { algorithm: algorithm.toLowerCase() === 'sha1' ? 'sha1' : 'sha256', digest: Buffer.from(digest, 'hex') };
}
