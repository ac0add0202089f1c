import { expect, test } from 'vitest';
import { AuthenticationError } from './authentication-error.ts';
import { createAuthenticator } from './authenticator.ts';
import { s3Refusal } from './refusals.ts';
import { parseSignatureDate } from './signature-date.ts';

const key = { account: '1', name: 'root', isRoot: true, createdAt: 0, secretAccessKey: 'secret' };
const { authenticate } = createAuthenticator({
  accessKeys: { find: async (accessKeyId) => (accessKeyId === 'AKIAKNOWN' ? { ...key, accessKeyId } : undefined) },
  jobCredentials: { openSessionToken: () => undefined },
  now: () => Date.UTC(2026, 2, 1, 12),
});

interface Written {
  algorithm: string;
  credential: string;
  signedHeaders: string;
  date: string;
}

async function reasonFor({ algorithm, credential, signedHeaders, date }: Written): Promise<string> {
  const headers = {
    host: 'localhost',
    'x-amz-date': date,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=ab`,
  };
  const error: unknown = await authenticate({
    service: 'codepipeline',
    method: 'POST',
    path: '/',
    query: '',
    payloadHash: '',
    headers,
  }).catch((reason: unknown) => reason);
  return error instanceof AuthenticationError ? error.reason : String(error);
}

test('reports the first of several faults in AWS’s order', async () => {
  let written: Written = { date: 'x', signedHeaders: 'date', algorithm: 'AWS4-X', credential: 'a/b' };
  const reported = [await reasonFor(written)];
  const repairs: Partial<Written>[] = [
    { date: '20200101T000000Z' },
    { date: '20260301T120000Z' },
    { signedHeaders: 'host' },
    { algorithm: 'AWS4-HMAC-SHA256' },
    { credential: 'AKIAX/20200101/eu-west-1/codepipeline/aws4_request' },
    { credential: 'AKIAX/20260301/eu-west-1/codepipeline/aws4_request' },
  ];
  for (const repair of repairs) {
    written = { ...written, ...repair };
    reported.push(await reasonFor(written));
  }
  expect(reported).toEqual([
    'malformed-date',
    'expired-signature',
    'unsigned-header',
    'unsupported-algorithm',
    'malformed-credential',
    'wrong-scope',
    'unknown-access-key',
  ]);
});

test.each([
  ['20260301T120000Z', Date.UTC(2026, 2, 1, 12)],
  ['20240229T235959Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
  ['Sun, 01 Mar 2026 12:00:00 GMT', Date.UTC(2026, 2, 1, 12)],
  ['20260229T000000Z', undefined],
  ['20260301T240000Z', undefined],
  ['20260301T120060Z', undefined],
  ['2026-03-01T12:00:00Z', undefined],
  ['20260301T120000', undefined],
  ['never GMT', undefined],
  ['', undefined],
])('the date %j', (text, at) => {
  expect(parseSignatureDate(text)).toBe(at);
});

async function refuseS3(headers: Record<string, string>) {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAKNOWN/20260301/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=ab';
  const all = { host: 'localhost', 'x-amz-date': '20260301T120000Z', authorization, ...headers };
  const payloadHash = headers['x-amz-content-sha256'] ?? '';
  const request = { service: 's3', method: 'PUT', path: '/b/k', query: '', payloadHash, headers: all } as const;
  const error: unknown = await authenticate(request).catch((reason: unknown) => reason);
  return error instanceof AuthenticationError ? s3Refusal(error) : error;
}

test('S3 requires the payload hash', async () => {
  expect(await refuseS3({})).toEqual({
    code: 'InvalidRequest',
    status: 400,
    message: 'Missing required header for this request: x-amz-content-sha256',
  });
});

test('S3 requires all x-amz headers to be signed, so that none can be added', async () => {
  const bound = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  expect(await refuseS3({ ...bound, 'x-amz-copy-source': '/bucket/key' })).toEqual({
    code: 'AccessDenied',
    status: 403,
    message: 'There were headers present in the request which were not signed',
  });
  expect(await refuseS3(bound)).toMatchObject({ code: 'SignatureDoesNotMatch' });
});
