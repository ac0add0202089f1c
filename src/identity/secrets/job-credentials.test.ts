import { expect, test } from 'vitest';
import { callerOfJob } from '../caller.ts';
import { contentOf, createJobCredentials, jobCredentialLifetimeMs, type ReadableObject } from './job-credentials.ts';
import { createMasterKeys } from './master-key.ts';

const issuedAt = 1_700_000_000_000;
const grant = {
  account: '111111111111',
  region: 'eu-west-1',
  jobId: '0e3c7d3c-6c0e-4b4f-9b8e-9a9d6d0f1a2b',
  roleArn: 'arn:aws:iam::111111111111:role/service-role/Pipeline',
  read: [
    { bucket: 'artifacts', key: 'pipe/Source/a1b2c3d' },
    { bucket: 'other', key: 'ü/☃' },
    { bucket: 'artifacts', key: 'pipe/Test/a1b2c3e' },
  ],
  write: [{ bucket: 'artifacts', key: 'pipe/Build/x9y8z7w' }],
  issuedAt,
  expiresAt: issuedAt + jobCredentialLifetimeMs,
};
const masterKeys = createMasterKeys();
const { mintJobCredentials, openSessionToken } = createJobCredentials(masterKeys);

test('credentials have AWS’s form, and the token opens to the grant', () => {
  const { accessKeyId, secretAccessKey, sessionToken } = mintJobCredentials(grant);
  expect(accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  const opened = openSessionToken(sessionToken, accessKeyId, issuedAt);
  expect(opened?.secretAccessKey).toBe(secretAccessKey);
  const { roleArn: _, ...rest } = grant;
  const byBucket = [grant.read[0], grant.read[2], grant.read[1]];
  expect(opened?.statement).toEqual({ ...rest, roleName: 'Pipeline', read: byBucket });
});

test('the token of a typical job is shorter than AWS’s', () => {
  expect(mintJobCredentials(grant).sessionToken.length).toBeLessThan(450);
});

test('recorded versions of inputs are read back, in any order of buckets', () => {
  const content = { etag: 'f'.repeat(32), versionId: '0'.repeat(32) };
  const [first, second, third] = grant.read as [ReadableObject, ReadableObject, ReadableObject];
  const read: ReadableObject[] = [
    { ...first, content },
    { ...second, content: 'missing' },
    { ...third, content: { etag: 'e-2' } },
  ];
  const { accessKeyId, sessionToken } = mintJobCredentials({ ...grant, read });
  const opened = openSessionToken(sessionToken, accessKeyId, issuedAt)?.statement.read ?? [];
  for (const object of read) expect(contentOf(opened, object)).toEqual(object.content);
  expect(opened).toHaveLength(3);
  // Two digests and a version id; a token is sent in a header of every request.
  expect(sessionToken.length).toBeLessThan(600);
});

test('all credentials are different', () => {
  const [one, two] = [mintJobCredentials(grant), mintJobCredentials(grant)];
  expect(one.accessKeyId).not.toBe(two.accessKeyId);
  expect(one.secretAccessKey).not.toBe(two.secretAccessKey);
});

test('credentials expire after exactly fifteen minutes', () => {
  const { accessKeyId, sessionToken } = mintJobCredentials(grant);
  const isExpired = (at: number) => openSessionToken(sessionToken, accessKeyId, at)?.isExpired;
  expect(isExpired(grant.expiresAt - 1)).toBe(false);
  expect(isExpired(grant.expiresAt)).toBe(true);
});

test('rounds the expiry up to a whole second', () => {
  const { accessKeyId, sessionToken } = mintJobCredentials({ ...grant, expiresAt: grant.expiresAt + 1 });
  expect(openSessionToken(sessionToken, accessKeyId, grant.expiresAt + 1)?.isExpired).toBe(false);
});

test('a token does not open for another key id, on another server, changed or forged', () => {
  const { accessKeyId, sessionToken } = mintJobCredentials(grant);
  const other = mintJobCredentials(grant);
  expect(openSessionToken(sessionToken, other.accessKeyId, issuedAt)).toBeUndefined();
  expect(
    createJobCredentials(createMasterKeys()).openSessionToken(sessionToken, accessKeyId, issuedAt),
  ).toBeUndefined();
  for (const token of ['', 'token', sessionToken.slice(1), `${sessionToken}A`, sessionToken.replace('s1.1', 's1.2')]) {
    expect(openSessionToken(token, accessKeyId, issuedAt), token).toBeUndefined();
  }
});

test('a token still opens after a rotation of the master key', () => {
  const { accessKeyId, secretAccessKey, sessionToken } = mintJobCredentials(grant);
  const rotated = createJobCredentials({
    current: 2,
    keys: new Map([...masterKeys.keys, [2, Buffer.alloc(32, 9)]]),
    retiredAt: new Map(),
  });
  expect(rotated.openSessionToken(sessionToken, accessKeyId, issuedAt)?.secretAccessKey).toBe(secretAccessKey);
  expect(rotated.mintJobCredentials(grant).sessionToken).toMatch(/^s1\.2\./);
});

test('a replaced master key opens no token that was issued after its replacement', () => {
  const retiredAt = new Map([[1, issuedAt]]);
  const keys = new Map([...masterKeys.keys, [2, Buffer.alloc(32, 9)] as const]);
  const rotated = createJobCredentials({ current: 2, keys, retiredAt });
  const honest = mintJobCredentials({ ...grant, expiresAt: issuedAt + jobCredentialLifetimeMs });
  expect(rotated.openSessionToken(honest.sessionToken, honest.accessKeyId, issuedAt)).toBeDefined();
  const forged = mintJobCredentials({ ...grant, expiresAt: issuedAt + jobCredentialLifetimeMs + 60_000 });
  expect(rotated.openSessionToken(forged.sessionToken, forged.accessKeyId, issuedAt)).toBeUndefined();
});

test('the caller is a role session named after the job', () => {
  const { accessKeyId, sessionToken } = mintJobCredentials(grant);
  const opened = openSessionToken(sessionToken, accessKeyId, issuedAt);
  if (!opened) throw new Error('the token did not open');
  const caller = callerOfJob(accessKeyId, opened.statement);
  expect(caller.arn).toBe(`arn:aws:sts::111111111111:assumed-role/Pipeline/${grant.jobId}`);
  expect(caller.userId).toMatch(new RegExp(`^AROA[A-Z2-7]{17}:${grant.jobId}$`));
});
