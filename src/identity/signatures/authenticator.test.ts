import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import type { AccessKey } from '../access-keys/access-key.ts';
import { createJobCredentials } from '../secrets/job-credentials.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { createAuthenticator } from './authenticator.ts';
import type { RequestHeaders, SignedRequest, SignedService } from './signed-request.ts';

const at = Date.UTC(2026, 2, 1, 12);
const body = '{"maxBatchSize":1}';
const payloadHash = createHash('sha256').update(body).digest('hex');
const root: AccessKey = {
  accessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
  account: '111111111111',
  name: 'root',
  isRoot: true,
  createdAt: 0,
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const jobCredentials = createJobCredentials(createMasterKeys());
const grant = {
  account: '111111111111',
  region: 'us-east-1',
  jobId: 'job-1',
  roleArn: 'arn:aws:iam::111111111111:role/Pipeline',
  read: [],
  write: [],
  issuedAt: at,
  expiresAt: at + 60_000,
};

function setUp(now = at, signingKeyCapacity = 100) {
  const accessKeys = { find: async (id: string) => (id === root.accessKeyId ? root : undefined) };
  return createAuthenticator({ accessKeys, jobCredentials, now: () => now, signingKeyCapacity });
}

interface Signing {
  service?: SignedService;
  region?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  signedAt?: number;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** A request signed by the signer of the official SDK. */
async function sign(options: Signing = {}): Promise<SignedRequest & { headers: Record<string, string> }> {
  const { service = 'codepipeline', region = 'eu-west-1', path = '/', query = {}, signedAt = at } = options;
  const { sha256 } = new S3Client({ region }).config;
  const signer = new SignatureV4({
    service,
    region,
    credentials: options.credentials ?? root,
    sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: service === 's3',
  });
  const headers = { host: '127.0.0.1:7090', 'x-amz-target': 'CodePipeline_20150709.PollForJobs', ...options.headers };
  const { headers: signed } = await signer.sign(
    { method: 'POST', protocol: 'http:', hostname: '127.0.0.1', path, query, headers, body },
    { signingDate: new Date(signedAt) },
  );
  const queryText = Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => `${name}=${encodeURIComponent(value)}`))
    .join('&');
  return { service, method: 'POST', path, query: queryText, headers: signed, payloadHash };
}

/** Returns the reason and message of the error; fails if there is none. */
async function refusalOf(request: SignedRequest, now = at): Promise<{ reason: string; message: string }> {
  const error: unknown = await setUp(now)
    .authenticate(request)
    .catch((reason: unknown) => reason);
  if (!(error instanceof Error) || !('reason' in error)) throw new Error(`not refused: ${String(error)}`);
  return { reason: String(error.reason), message: error.message };
}

function withAuthorization(request: SignedRequest, change: (text: string) => string): SignedRequest {
  return { ...request, headers: { ...request.headers, authorization: change(String(request.headers.authorization)) } };
}

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.';
const invalidToken = 'The security token included in the request is invalid.';

describe('accepts what the official signer signs', () => {
  test.each<Signing>([
    {},
    { service: 'millrace', region: 'my-own-region' },
    {
      service: 'sts',
      path: '/a/./b/../c//d%20e/',
      query: { Action: 'GetCallerIdentity', z: ['b', 'a'], 'a-b': '1', a: '~ +' },
    },
    { service: 's3', path: '/bucket/a//b/../c%20d', query: { 'list-type': '2', prefix: "it's" } },
    { headers: { 'content-type': '  application/x-amz-json-1.1;   charset=utf-8 ', 'x-extra': '' } },
    { signedAt: at - 900_000 },
    { signedAt: at + 900_000 },
  ])('%j', async (options) => {
    const { region, signedAt } = await setUp().authenticate(await sign(options));
    expect([region, signedAt]).toEqual([options.region ?? 'eu-west-1', options.signedAt ?? at]);
  });

  test('a repeated header', async () => {
    const request = await sign({ headers: { 'x-list': 'one,two  words' } });
    const headers: RequestHeaders = { ...request.headers, 'x-list': ['one', ' two words'] };
    expect((await setUp().authenticate({ ...request, headers })).service).toBe('codepipeline');
  });

  test('an equivalent path or query in another encoding', async () => {
    const request = await sign({ service: 's3', path: '/bucket/a%2Bb%28c%29~', query: { prefix: 'x y' } });
    const spelt = { ...request, path: '/bucket/a%2bb(c)%7E', query: 'prefix=x+y' };
    expect((await setUp().authenticate(spelt)).service).toBe('s3');
  });
});

describe('rejects a request changed after signing', () => {
  test.each<[string, (request: SignedRequest) => Partial<SignedRequest>]>([
    ['a byte of the body', () => ({ payloadHash: createHash('sha256').update(`${body} `).digest('hex') })],
    ['the method', () => ({ method: 'GET' })],
    ['the path', () => ({ path: '/x' })],
    ['an added parameter', (request) => ({ query: `${request.query}&b=2` })],
    ['the value of a parameter', () => ({ query: 'a=2' })],
    [
      'a signed header',
      ({ headers }) => ({ headers: { ...headers, 'x-amz-target': 'CodePipeline_20150709.DeletePipeline' } }),
    ],
    ['a removed signed header', ({ headers }) => ({ headers: { ...headers, 'x-amz-target': undefined } })],
    ['the date', ({ headers }) => ({ headers: { ...headers, 'x-amz-date': '20260301T120001Z' } })],
  ])('%s', async (_, change) => {
    const request = await sign({ query: { a: '1' } });
    expect(await refusalOf({ ...request, ...change(request) })).toEqual({
      reason: 'signature-mismatch',
      message: mismatch,
    });
  });

  test.each(['é', 'ab', '0'.repeat(64)])('the signature to %s', async (signature) => {
    const request = withAuthorization(await sign(), (text) => text.replace(/Signature=.*/, `Signature=${signature}`));
    expect((await refusalOf(request)).reason).toBe('signature-mismatch');
  });

  test('another region or service than the signed one', async () => {
    const request = withAuthorization(await sign(), (text) => text.replace('/eu-west-1/', '/us-east-1/'));
    expect((await refusalOf(request)).reason).toBe('signature-mismatch');
  });

  test('a body that contradicts its own hash header', async () => {
    const request = await sign({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    expect((await refusalOf(request)).reason).toBe('signature-mismatch');
  });

  test('a wrong secret', async () => {
    const credentials = { ...root, secretAccessKey: `${root.secretAccessKey}x` };
    expect((await refusalOf(await sign({ credentials }))).reason).toBe('signature-mismatch');
  });
});

describe('session tokens', () => {
  const minted = jobCredentials.mintJobCredentials(grant);

  test('those of a job are accepted until they expire', async () => {
    const request = await sign({ credentials: minted });
    expect((await setUp(at + 59_999).authenticate(request)).caller.kind).toBe('job');
    expect(await refusalOf(request, at + 60_000)).toEqual({
      reason: 'expired-token',
      message: 'The security token included in the request is expired',
    });
  });

  test('expiry is reported only to a caller that signed with them', async () => {
    const request = withAuthorization(await sign({ credentials: minted }), (text) => text.replace(/.$/, 'z'));
    expect((await refusalOf(request, at + 60_000)).reason).toBe('signature-mismatch');
  });

  test('a token of another key is unknown', async () => {
    const other = jobCredentials.mintJobCredentials(grant);
    for (const credentials of [
      { ...minted, sessionToken: other.sessionToken },
      { ...minted, sessionToken: 'made-up' },
      { ...root, sessionToken: minted.sessionToken },
    ]) {
      expect(await refusalOf(await sign({ credentials }))).toEqual({ reason: 'unknown-token', message: invalidToken });
    }
  });
});

test('a cached signing key stays valid for its region, and never for another secret', async () => {
  const { authenticate } = setUp(at, 1);
  for (const region of ['a', 'b', 'a']) expect((await authenticate(await sign({ region }))).region).toBe(region);
  const credentials = { ...root, secretAccessKey: 'another' };
  await expect(authenticate(await sign({ region: 'a', credentials }))).rejects.toMatchObject({
    reason: 'signature-mismatch',
  });
});
