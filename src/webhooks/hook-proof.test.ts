import { createHmac, hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pushTokenOf } from '../resources/push-token.ts';
import { forgeOf } from './forges/forge-of.ts';
import { checkProof } from './hook-proof.ts';

const secret = 'a secret of a hook';
const hookId = 'id';
const body = Buffer.from('{"größe":1}');
const at = 1_800_000_000_000;
const seconds = at / 1000;

/** Verifies a request as the server does; returns the hash of its body, or the code of the refusal. */
function verify(headers: Record<string, string>, { sent = body, given = secret } = {}) {
  const proof = forgeOf(headers)?.proofOf(headers);
  if (!proof) return 'ProofMissing';
  try {
    const checked = checkProof(proof, { secret: given, hookId }, at);
    checked.update(sent.subarray(0, 2));
    checked.update(sent.subarray(2));
    checked.check();
    return checked.bodyHash();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const sign = (algorithm: string, text: string | Buffer, key: string | Buffer = secret) =>
  createHmac(algorithm, key).update(text).digest('hex');
const signStandard = (timestamp: number, { id = 'msg_1', key = secret as string | Buffer } = {}) => ({
  'x-gitlab-event': 'Push Hook',
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': `v1,${createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body).digest('base64')}`,
});
const right = sign('sha256', body);

const github = { 'x-github-event': 'push' };
const gitea = { ...github, 'x-gogs-event': 'push', 'x-gitea-event': 'push' };
const forgejo = { ...gitea, 'x-forgejo-event': 'push' };
const gitlab = { 'x-gitlab-event': 'Push Hook' };
const cloud = { 'x-event-key': 'repo:push', 'x-hook-uuid': 'u' };
const dataCenter = { 'x-event-key': 'repo:refs_changed' };

const accepted: [string, Record<string, string>][] = [
  ['GitHub', { ...github, 'x-hub-signature-256': `sha256=${right}` }],
  ['an old GitHub, with SHA-1 only', { ...github, 'x-hub-signature': `sha1=${sign('sha1', body)}` }],
  ['Gitea', { ...gitea, 'x-gitea-signature': right }],
  ['Forgejo, whose own header decides', { ...forgejo, 'x-forgejo-signature': right, 'x-gitea-signature': '00' }],
  ['GitLab with the token', { ...gitlab, 'x-gitlab-token': secret }],
  ['GitLab with a signature', signStandard(seconds)],
  ['GitLab 5 minutes ago', signStandard(seconds - 300)],
  ['Bitbucket Cloud', { ...cloud, 'x-hub-signature': `sha256=${right}` }],
  ['Bitbucket Data Center', { ...dataCenter, 'x-hub-signature': `sha256=${right}` }],
  ['post-receive', { authorization: `Bearer ${pushTokenOf({ secret, hookId })}` }],
];

test.each(accepted)('%s is accepted with the right proof, and only with the right secret', (_, headers) => {
  expect(verify(headers)).toBe(hash('sha256', body, 'base64url'));
  expect(verify(headers, { given: 'another secret of a hook' })).toBe('ProofMismatch');
});

const signed = accepted.filter(([, headers]) => !('x-gitlab-token' in headers || 'authorization' in headers));

test.each(signed)('%s is refused with another body', (_, headers) => {
  expect(verify(headers, { sent: Buffer.from('{"größe":2}') })).toBe('ProofMismatch');
});

test.each<[string, Record<string, string>, string]>([
  [
    'a wrong SHA-256 beside a right SHA-1',
    { ...github, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-hub-signature': `sha1=${sign('sha1', body)}` },
    'ProofMismatch',
  ],
  [
    'a wrong signature of Gitea beside a right one of GitHub',
    { ...gitea, 'x-gitea-signature': '0'.repeat(64), 'x-hub-signature-256': `sha256=${right}` },
    'ProofMismatch',
  ],
  [
    'an empty signature of Gitea beside a right one of GitHub',
    { ...gitea, 'x-gitea-signature': '', 'x-hub-signature-256': `sha256=${right}` },
    'ProofMissing',
  ],
  [
    'a wrong signature of GitLab beside the right token',
    { ...signStandard(seconds), 'webhook-signature': 'v1,AAAA', 'x-gitlab-token': secret },
    'ProofMismatch',
  ],
  [
    'a signature without a version beside the right token',
    { ...signStandard(seconds), 'webhook-signature': 'AAAA', 'x-gitlab-token': secret },
    'ProofMissing',
  ],
  ['a signature with another id', signStandard(seconds, { id: 'msg_2' }), 'ProofMismatch'],
  ['a signature that is too old', signStandard(seconds - 301), 'ProofExpired'],
  ['a signature from the future', signStandard(seconds + 301), 'ProofExpired'],
  ['half a signature', { ...github, 'x-hub-signature-256': `sha256=${right.slice(0, 32)}` }, 'ProofMismatch'],
  ['the secret as the token of a script', { authorization: `Bearer ${secret.replaceAll(' ', '_')}` }, 'ProofMismatch'],
  ['a token of another hook', { authorization: `Bearer ${pushTokenOf({ secret, hookId: 'other' })}` }, 'ProofMismatch'],
  ['an empty token', { authorization: 'Bearer ' }, 'ProofMissing'],
  ['GitHub without a signature', github, 'ProofMissing'],
  ['Bitbucket without a secret', cloud, 'ProofMissing'],
  ['a header of no forge', { 'x-hub-signature-256': `sha256=${right}` }, 'ProofMissing'],
])('%s is refused', (_, headers, code) => {
  expect(verify(headers)).toBe(code);
});

describe('Standard Webhooks', () => {
  const key = Buffer.from('the key of the signing token itself');
  const token = `whsec_${key.toString('base64')}`;

  test('a secret with their prefix is a key in base64', () => {
    expect(verify(signStandard(seconds, { key }), { given: token })).toBe(hash('sha256', body, 'base64url'));
    expect(verify(signStandard(seconds, { key: token }), { given: token })).toBe('ProofMismatch');
  });

  test('one of several signatures is enough, for the change of a secret', () => {
    const headers = signStandard(seconds);
    const several = { ...headers, 'webhook-signature': `v1a,x v1,AAAA ${headers['webhook-signature']}` };
    expect(verify(several)).toBe(hash('sha256', body, 'base64url'));
  });
});
