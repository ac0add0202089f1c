import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { createJobCredentials } from '../secrets/job-credentials.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { AuthenticationError } from './authentication-error.ts';
import { createAuthenticator } from './authenticator.ts';
import { s3Refusal } from './refusals.ts';
import type { SignedRequest } from './signed-request.ts';

const at = Date.UTC(2026, 2, 1, 12);
const root = {
  accessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
  account: '111111111111',
  name: 'root',
  isRoot: true,
  createdAt: 0,
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const jobCredentials = createJobCredentials(createMasterKeys());

function authenticateAt(now: number, request: SignedRequest) {
  const accessKeys = { find: async (id: string) => (id === root.accessKeyId ? root : undefined) };
  return createAuthenticator({ accessKeys, jobCredentials, now: () => now }).authenticate(request);
}

/** A URL presigned by the signer of the official SDK. */
async function presign(
  expiresIn: number,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = root,
): Promise<SignedRequest & { headers: Record<string, string> }> {
  const { sha256 } = new S3Client({ region: 'eu-west-1' }).config;
  const signer = new SignatureV4({ service: 's3', region: 'eu-west-1', credentials, sha256, uriEscapePath: false });
  const path = '/artifacts/pipe/Source/a%20b';
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query: { versionId: 'v/1' },
      headers: { host: '127.0.0.1:7090', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    },
    { signingDate: new Date(at), expiresIn },
  );
  const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return {
    service: 's3',
    method: 'GET',
    path,
    query: text.join('&'),
    headers: { host: '127.0.0.1:7090' },
    payloadHash: '',
  };
}

async function refusalOf(request: SignedRequest, now = at): Promise<{ code: string; status: number; message: string }> {
  const error: unknown = await authenticateAt(now, request).catch((reason: unknown) => reason);
  if (error instanceof AuthenticationError) return s3Refusal(error);
  throw new Error(`not refused properly: ${String(error)}`);
}

test('a URL is valid from fifteen minutes before its date until it expires', async () => {
  const request = await presign(604_800);
  const week = 604_800_000;
  for (const now of [at - 900_000, at, at + week]) {
    expect((await authenticateAt(now, request)).payloadHash).toBe('UNSIGNED-PAYLOAD');
  }
  expect(await refusalOf(request, at + week + 1)).toEqual({
    code: 'AccessDenied',
    status: 403,
    message: 'Request has expired',
  });
  expect(await refusalOf(request, at - 900_001)).toMatchObject({ message: 'Request is not yet valid' });
});

test('a URL of a job expires with the job’s credentials', async () => {
  const minted = jobCredentials.mintJobCredentials({
    account: '111111111111',
    region: 'eu-west-1',
    jobId: 'job-1',
    roleArn: 'arn:aws:iam::111111111111:role/Pipeline',
    read: [],
    write: [],
    issuedAt: at,
    expiresAt: at + 60_000,
  });
  const request = await presign(3600, minted);
  expect((await authenticateAt(at, request)).caller.kind).toBe('job');
  expect(await refusalOf(request, at + 60_000)).toMatchObject({ code: 'ExpiredToken', status: 400 });
  const changed = {
    ...request,
    query: request.query.replace('X-Amz-Security-Token=s1.1.', 'X-Amz-Security-Token=s1.1.A'),
  };
  expect(await refusalOf(changed)).toMatchObject({ code: 'InvalidToken', status: 400 });
});

describe('rejects a URL after a change of', () => {
  test.each<[string, (request: SignedRequest) => Partial<SignedRequest>]>([
    ['the method', () => ({ method: 'PUT' })],
    ['the key', ({ path }) => ({ path: `${path}c` })],
    ['the version', ({ query }) => ({ query: query.replace('v%2F1', 'v%2F2') })],
    ['its lifetime', ({ query }) => ({ query: query.replace('X-Amz-Expires=60', 'X-Amz-Expires=600') })],
    ['the host', () => ({ headers: { host: 'elsewhere' } })],
    ['an added parameter', ({ query }) => ({ query: `${query}&acl` })],
    ['the payload hash', ({ query }) => ({ query: query.replace('UNSIGNED-PAYLOAD', '0'.repeat(64)) })],
  ])('%s', async (_, change) => {
    const request = await presign(60);
    expect(await refusalOf({ ...request, ...change(request) })).toMatchObject({
      code: 'SignatureDoesNotMatch',
      status: 403,
    });
  });

  test('rejects an unsigned header that affects the request', async () => {
    const request = await presign(60);
    const headers = { ...request.headers, 'x-amz-copy-source': '/other/key' };
    expect(await refusalOf({ ...request, headers })).toMatchObject({
      code: 'AccessDenied',
      message: 'There were headers present in the request which were not signed',
    });
  });
});

describe('an invalid URL', () => {
  const malformed = 'AuthorizationQueryParametersError';
  test.each([
    ['X-Amz-Expires=60', 'X-Amz-Expires=604801', malformed, 'X-Amz-Expires must be less than a week'],
    ['X-Amz-Expires=60', 'X-Amz-Expires=-1', malformed, 'X-Amz-Expires must be non-negative'],
    ['X-Amz-Expires=60', 'X-Amz-Expires=1e3', malformed, 'X-Amz-Expires should be a number'],
    ['X-Amz-Expires=60', 'X-Amz-Expires=60&X-Amz-Expires=6000', malformed, 'X-Amz-Expires was given twice'],
    ['X-Amz-Expires=60', 'a=b', malformed, 'requires the X-Amz-Algorithm'],
    ['X-Amz-Date=2026', 'X-Amz-Date=26', malformed, 'X-Amz-Date must be in the ISO8601 Long Format'],
    ['AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256', 'InvalidRequest', 'Please use AWS4-HMAC-SHA256'],
    ['%2Fs3%2F', '%2Fs4%2F', malformed, "correct service: 's3'"],
    ['%2Fs3%2F', '%2F', malformed, 'exactly 5 slash-delimited elements'],
    ['AKIAAAAAAAAAAAAAAAAA', 'AKIABBBBBBBBBBBBBBBB', 'InvalidAccessKeyId', 'does not exist'],
    ['X-Amz-Algorithm', 'X-Amz-Nothing', 'AccessDenied', 'Access Denied'],
  ])('%s → %s', async (before, after, code, message) => {
    const request = await presign(60);
    const refusal = await refusalOf({ ...request, query: request.query.replace(before, after) });
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(message);
  });
});

test('only S3 accepts signatures in URLs', async () => {
  const request = { ...(await presign(60)), service: 'codepipeline' as const };
  await expect(authenticateAt(at, request)).rejects.toMatchObject({ reason: 'missing-authentication' });
});

test('the error for a URL with signature version 2 names the version to use', async () => {
  const request = {
    ...(await presign(60)),
    query: 'AWSAccessKeyId=AKIAAAAAAAAAAAAAAAAA&Signature=c2lnbmF0dXJl&Expires=1800000000',
  };
  const refused = await authenticateAt(at, request).catch((error: unknown) => error);
  if (!(refused instanceof AuthenticationError)) throw new Error('the URL was accepted');
  expect(s3Refusal(refused)).toMatchObject({ code: 'InvalidRequest', status: 400 });
  expect(s3Refusal(refused).message).toContain('Please use AWS4-HMAC-SHA256');
});
