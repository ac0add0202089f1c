import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { storeDefinition } from '../api/codepipeline/webhooks/webhook.ts';
import { createMasterKeys } from '../identity/secrets/master-key.ts';
import { createSealer } from '../identity/secrets/sealer.ts';
import type { ListedWebhook } from '../store/store.ts';
import { admitSender, createEventDigest } from './sender.ts';

const sealer = createSealer(createMasterKeys());
const scope = { account: '123456789012', region: 'us-east-1' };
const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');

function checkSignature(
  webhook: ListedWebhook,
  request: Parameters<typeof createEventDigest>[1],
  body: Buffer,
  sealerOfSecret: typeof sealer,
): void {
  const digest = createEventDigest(webhook, request, sealerOfSecret);
  digest.update(body.subarray(0, 3));
  digest.update(body.subarray(3));
  digest.checkSignature();
}

function webhookOf(
  authentication: 'GITHUB_HMAC' | 'IP' | 'UNAUTHENTICATED',
  authenticationConfiguration: { SecretToken?: string; AllowedIPRange?: string } = {},
): ListedWebhook {
  const definition = {
    name: 'Hook',
    targetPipeline: 'Mill',
    targetAction: 'Fetch',
    filters: [],
    authentication,
    authenticationConfiguration,
  };
  const rows = { id: 'id', tags: {}, createdAt: 0, updatedAt: 0 };
  return { ...scope, ...rows, definition: storeDefinition(definition, scope, sealer) };
}

describe('GITHUB_HMAC (behaviour C.13)', () => {
  const webhook = webhookOf('GITHUB_HMAC', { SecretToken: secret });
  const sign = (algorithm: 'sha1' | 'sha256', signed = body, key = secret) =>
    `${algorithm}=${createHmac(algorithm, key).update(signed).digest('hex')}`;
  const check = (headers: Record<string, string>) => () => {
    admitSender(webhook, { headers });
    checkSignature(webhook, { headers }, body, sealer);
  };
  // The example of GitHub's page on securing webhooks.
  const published = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  test.each<Record<string, string>>([
    { 'x-hub-signature-256': published },
    { 'x-hub-signature-256': published.toUpperCase().replace('SHA', 'sha') },
    { 'x-hub-signature': sign('sha1') },
    { 'x-hub-signature': sign('sha256') },
    { 'x-hub-signature-256': published, 'x-hub-signature': 'sha1=00' },
  ])('%j is accepted', (headers) => {
    expect(check(headers)).not.toThrow();
  });

  test.each<Record<string, string>>([
    { 'x-hub-signature-256': sign('sha256', Buffer.from('Hello, World')) },
    { 'x-hub-signature-256': sign('sha256', body, 'guess') },
    { 'x-hub-signature-256': published.slice(0, -2) },
    { 'x-hub-signature-256': `${published}00` },
    { 'x-hub-signature-256': published.replace('sha256', 'sha1') },
    { 'x-hub-signature-256': 'sha256=00', 'x-hub-signature': sign('sha1') },
  ])('%j is rejected', (headers) => {
    expect(check(headers)).toThrow(expect.objectContaining({ code: 'SignatureMismatch', httpStatus: 403 }));
  });

  test.each<Record<string, string>>([
    {},
    { 'x-hub-signature-256': '' },
    { 'x-hub-signature-256': 'sha256=' },
    { 'x-hub-signature-256': 'sha256=xyz' },
    { 'x-hub-signature-256': 'md5=00' },
    { 'x-hub-signature-256': `${published}, ${published}` },
    { 'x-gitlab-token': secret },
  ])('%j is not a signature, and is rejected before the body is read', (headers) => {
    expect(() => admitSender(webhook, { headers })).toThrow(
      expect.objectContaining({ code: 'SignatureMissing', httpStatus: 403 }),
    );
  });

  test('a webhook that lost its secret accepts nothing, not even what is signed with an empty key', () => {
    const bare = webhookOf('GITHUB_HMAC');
    const headers = { 'x-hub-signature-256': sign('sha256', body, '') };
    expect(() => checkSignature(bare, { headers }, body, sealer)).toThrow('has lost its secret');
  });
});

describe('IP (behaviour C.13)', () => {
  const admit = (range: string | undefined, peerAddress: string | undefined) => () =>
    admitSender(webhookOf('IP', { AllowedIPRange: range }), { headers: {}, peerAddress });

  test('accepts events from the range without a signature', () => {
    expect(admit('192.0.2.0/24', '::ffff:192.0.2.9')).not.toThrow();
    expect(() => checkSignature(webhookOf('IP'), { headers: {} }, body, sealer)).not.toThrow();
  });

  test('rejects other addresses and clients behind a proxy', () => {
    expect(admit('192.0.2.0/24', '192.0.3.9')).toThrow(expect.objectContaining({ code: 'AddressNotAllowed' }));
    expect(admit(undefined, '192.0.2.9')).toThrow(expect.objectContaining({ code: 'AddressNotAllowed' }));
    expect(admit('0.0.0.0/0', undefined)).toThrow(expect.objectContaining({ code: 'AddressUnknown' }));
  });
});

test('UNAUTHENTICATED accepts every event (behaviour C.13)', () => {
  const webhook = webhookOf('UNAUTHENTICATED');
  expect(() => admitSender(webhook, { headers: {} })).not.toThrow();
  expect(() => checkSignature(webhook, { headers: {} }, body, sealer)).not.toThrow();
});
