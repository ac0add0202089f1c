import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ListedWebhook } from '../store/webhooks.ts';
import { parseAddressRange } from './address-range.ts';
import type { Parts } from './operation.ts';
import { openSecret } from './webhook.ts';
import { WebhookRefusal } from './webhook-refusal.ts';

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

/** Refuses a body that the webhook's secret has not signed. Throws `WebhookRefusal`. */
export function checkSignature(
  webhook: ListedWebhook,
  { headers }: Pick<WebhookRequest, 'headers'>,
  body: Buffer,
  sealer: Parts['sealer'],
): void {
  if (webhook.definition.authentication !== 'GITHUB_HMAC') return;
  const signature = readSignature(headers);
  if (!signature) throw new WebhookRefusal('SignatureMissing');
  const expected = createHmac(signature.algorithm, openSecret(webhook, sealer)).update(body).digest();
  const { digest } = signature;
  if (digest.length !== expected.length || !timingSafeEqual(digest, expected)) {
    throw new WebhookRefusal('SignatureMismatch');
  }
}

/** The stronger of GitHub's two headers (behaviour C.13); a request with a bad one is not given a second chance. */
function readSignature(headers: IncomingHttpHeaders): Signature | undefined {
  const text = String(headers['x-hub-signature-256'] ?? headers['x-hub-signature'] ?? '');
  const [, algorithm, digest = ''] = /^(sha256|sha1)=((?:[0-9a-f]{2})+)$/i.exec(text) ?? [];
  if (algorithm === undefined) return undefined;
  return { algorithm: algorithm.toLowerCase() === 'sha1' ? 'sha1' : 'sha256', digest: Buffer.from(digest, 'hex') };
}
