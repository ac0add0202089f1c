import { createHash } from 'node:crypto';
import { CodePipelineClient, PollForJobsCommand } from '@aws-sdk/client-codepipeline';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, test } from 'vitest';
import { createJobCredentials, jobCredentialLifetimeMs } from '../secrets/job-credentials.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { createAuthenticator } from './authenticator.ts';
import { peekCredentialScope } from './signature-claim.ts';
import type { SignedRequest, SignedService } from './signed-request.ts';

// The official clients sign; their requests are captured here instead of being sent.
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const accessKeyId = 'AKIAAAAAAAAAAAAAAAAA';
const jobCredentials = createJobCredentials(createMasterKeys());
const { authenticate } = createAuthenticator({
  accessKeys: {
    find: async (id) =>
      id === accessKeyId
        ? { accessKeyId, account: '111111111111', name: 'root', isRoot: true, createdAt: 0, secretAccessKey }
        : undefined,
  },
  jobCredentials,
  now: Date.now,
});

interface SentRequest {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

let sent: SentRequest[];
beforeEach(() => {
  sent = [];
});

const requestHandler = {
  handle: async (request: SentRequest) => {
    sent.push(request);
    throw Object.assign(new Error('enough'), { $retryable: undefined });
  },
};

const configuration = {
  region: 'eu-west-1',
  endpoint: 'http://127.0.0.1:7090',
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
  requestHandler,
};

/** Returns the request as Node.js passes it to a server: encoded query, lower-case headers, bytes as characters. */
function asReceived(service: SignedService): SignedRequest {
  const [request] = sent;
  if (!request) throw new Error('the client sent nothing');
  const query = Object.entries(request.query)
    .flatMap(([name, values]) =>
      [values].flat().map((value) => (value === null ? encode(name) : `${encode(name)}=${encode(value)}`)),
    )
    .join('&');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, text]) => [name.toLowerCase(), text]));
  const payloadHash =
    service === 's3'
      ? (headers['x-amz-content-sha256'] ?? '')
      : createHash('sha256')
          .update(typeof request.body === 'string' || request.body instanceof Uint8Array ? request.body : '')
          .digest('hex');
  return { service, method: request.method, path: request.path, query, headers, payloadHash };
}

function encode(text: string): string {
  return encodeURIComponent(text);
}

async function send(request: Promise<unknown>): Promise<void> {
  await expect(request).rejects.toThrow('enough');
}

test('CodePipeline', async () => {
  const actionTypeId = { category: 'Build', owner: 'Custom', provider: 'p', version: '1' } as const;
  await send(new CodePipelineClient(configuration).send(new PollForJobsCommand({ actionTypeId })));
  const request = asReceived('codepipeline');
  expect(peekCredentialScope(request.headers, request.query)).toEqual({ service: 'codepipeline', region: 'eu-west-1' });
  const { caller, region } = await authenticate(request);
  expect(region).toBe('eu-west-1');
  expect(caller).toEqual({
    kind: 'root',
    accessKeyId,
    account: '111111111111',
    arn: 'arn:aws:iam::111111111111:root',
    userId: '111111111111',
  });
  await expect(authenticate({ ...request, payloadHash: createHash('sha256').digest('hex') })).rejects.toMatchObject({
    reason: 'signature-mismatch',
  });
});

test('STS', async () => {
  await send(new STSClient(configuration).send(new GetCallerIdentityCommand({})));
  const request = asReceived('sts');
  expect(peekCredentialScope(request.headers, request.query)).toEqual({ service: 'sts', region: 'eu-west-1' });
  expect((await authenticate(request)).service).toBe('sts');
});

const object = { Bucket: 'artifacts', Key: "pipe line/Ünïcode+plus/a//b/../it's (1)!*.zip" };
const s3 = new S3Client({ ...configuration, forcePathStyle: true });

test.each([
  ['GET', () => s3.send(new GetObjectCommand({ ...object, VersionId: 'a/b+c=', Range: 'bytes=0-9' }))],
  ['HEAD', () => s3.send(new HeadObjectCommand(object))],
  ['PUT', () => s3.send(new PutObjectCommand({ ...object, Body: 'text', Metadata: { note: '  two   blanks ' } }))],
  ['PUT', () => s3.send(new UploadPartCommand({ ...object, Body: 'x', UploadId: 'u/1~', PartNumber: 2 }))],
  ['GET', () => s3.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a b/ü&=?', Delimiter: '/', MaxKeys: 3 }))],
])('S3 %s', async (method, call) => {
  await send(call());
  const request = asReceived('s3');
  expect(request.method).toBe(method);
  expect((await authenticate(request)).region).toBe('eu-west-1');
  await expect(authenticate({ ...request, path: `${request.path}x` })).rejects.toMatchObject({
    reason: 'signature-mismatch',
  });
});

test('a worker with job credentials', async () => {
  const issuedAt = Date.now();
  const read = [{ bucket: object.Bucket, key: object.Key }];
  const minted = jobCredentials.mintJobCredentials({
    account: '111111111111',
    region: 'eu-west-1',
    jobId: 'job-1',
    roleArn: 'arn:aws:iam::111111111111:role/Pipeline',
    read,
    write: [],
    issuedAt,
    expiresAt: issuedAt + jobCredentialLifetimeMs,
  });
  const client = new S3Client({ ...configuration, forcePathStyle: true, credentials: minted });
  await send(client.send(new GetObjectCommand(object)));
  const request = asReceived('s3');
  expect((await authenticate(request)).caller).toMatchObject({ kind: 'job', jobId: 'job-1', read, write: [] });

  const { 'x-amz-security-token': token, ...withoutToken } = request.headers;
  await expect(authenticate({ ...request, headers: withoutToken })).rejects.toMatchObject({
    reason: 'unknown-access-key',
  });
  const changed = { ...request.headers, 'x-amz-security-token': `${String(token)}A` };
  await expect(authenticate({ ...request, headers: changed })).rejects.toMatchObject({ reason: 'unknown-token' });
});
