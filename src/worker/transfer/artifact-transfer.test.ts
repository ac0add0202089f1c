import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Job, JobDetails } from '../../contract/generated.ts';
import { type ArtifactTransfer, openArtifactTransfer, type TransferOptions } from './artifact-transfer.ts';

interface Received {
  line: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

let folder: string;
let server: Server;
let received: Received[];
let answer: (received: Received, response: ServerResponse) => void;
const transfers: ArtifactTransfer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-transfer-test-'));
  received = [];
  answer = (_received, response) => response.end();
  server = createServer(async (request, response) => {
    const item = { line: `${request.method} ${request.url}`, headers: request.headers, body: await buffer(request) };
    received.push(item);
    answer(item, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const transfer of transfers.splice(0)) transfer.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const signal = new AbortController().signal;
const location = { bucketName: 'store', objectKey: 'pipe/App/x1y2z3a' };

function credentials(accessKeyId: string) {
  return { accessKeyId, secretAccessKey: 'secret', sessionToken: 'token' };
}

function transferOf(job: Job = {}, options: Partial<TransferOptions> = {}): ArtifactTransfer {
  const transfer = openArtifactTransfer({
    job: { id: 'job-1', data: { artifactCredentials: credentials('ASIAFIRST'), ...job.data } },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    ...options,
  });
  transfers.push(transfer);
  return transfer;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
}

it('downloads with the credentials of the job, in path style', async () => {
  answer = (_item, response) => response.end('the bytes');
  const file = join(folder, 'file');
  await transferOf().download(location, file, signal);
  expect(await readFile(file, 'utf8')).toBe('the bytes');
  expect(received[0]?.line).toMatch(/^GET \/store\/pipe\/App\/x1y2z3a(\?|$)/);
  expect(received[0]?.headers.authorization).toContain('Credential=ASIAFIRST/');
  expect(received[0]?.headers['x-amz-security-token']).toBe('token');
});

it('resumes a download where it broke off, and only with the same object', async () => {
  answer = (item, response) => {
    if (item.headers.range) {
      response.writeHead(206, { 'content-length': '3', 'content-range': 'bytes 3-5/6', etag: '"one"' }).end('def');
      return;
    }
    response.writeHead(200, { 'content-length': '6', etag: '"one"' });
    response.write('abc', () => response.destroy());
  };
  const file = join(folder, 'file');
  await transferOf().download(location, file, signal);
  expect(await readFile(file, 'utf8')).toBe('abcdef');
  expect(received[1]?.headers).toMatchObject({ range: 'bytes=3-', 'if-match': '"one"' });
});

it('gives up on a download that never yields a byte', async () => {
  answer = (_item, response) => {
    response.writeHead(200, { 'content-length': '6' }).flushHeaders();
    setImmediate(() => response.destroy());
  };
  const failing = transferOf().download(location, join(folder, 'file'), signal);
  await expect(failing).rejects.toMatchObject({ type: 'SystemUnavailable' });
});

it('waits for a store that is unavailable or throttles', async () => {
  answer = (_item, response) => (received.length < 8 ? refuse(response, 503, 'SlowDown') : response.end('bytes'));
  const pauses: number[] = [];
  const sleep = async (durationMs: number) => void pauses.push(durationMs);
  await transferOf({}, { sleep }).download(location, join(folder, 'file'), signal);
  expect(pauses.length).toBeGreaterThan(0);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('bytes');
});

it.each([
  [403, 'AccessDenied', 'PermissionError'],
  [404, 'NoSuchKey', 'ConfigurationError'],
  [501, 'NotImplemented', 'SystemUnavailable'],
])('turns %i %s into a failure of type %s', async (status, code, type) => {
  answer = (_item, response) => refuse(response, status, code);
  const failing = transferOf().download(location, join(folder, 'file'), signal);
  await expect(failing).rejects.toMatchObject({ type, message: /s3:\/\/store\/pipe\/App\/x1y2z3a/ });
});

it('fails immediately without credentials', async () => {
  const failing = transferOf({ data: { artifactCredentials: undefined } }).download(
    location,
    join(folder, 'f'),
    signal,
  );
  await expect(failing).rejects.toMatchObject({ type: 'PermissionError' });
});

it('renews credentials after 14 minutes, and when the store reports them as expired', async () => {
  let now = 0;
  let minted = 0;
  const refresh = async (): Promise<JobDetails> => {
    minted += 1;
    return { data: { artifactCredentials: credentials(`ASIARENEWED${minted}`) } };
  };
  const transfer = transferOf({}, { refresh, now: () => now });
  const file = join(folder, 'file');
  now = 14 * 60_000 - 1;
  await transfer.download(location, file, signal);
  now = 14 * 60_000;
  await transfer.download(location, file, signal);
  answer = (item, response) =>
    item.headers.authorization?.includes('RENEWED1') ? refuse(response, 400, 'ExpiredToken') : response.end();
  await transfer.download(location, file, signal);
  const keys = received.map(({ headers }) => /Credential=(\w+)/.exec(String(headers.authorization))?.[1]);
  expect(keys).toEqual(['ASIAFIRST', 'ASIARENEWED1', 'ASIARENEWED1', 'ASIARENEWED2']);
});

it('uploads a small artifact in one request, encrypted with the key of the job or the default key (behaviour A.5)', async () => {
  await transferOf().upload(location, Readable.from([Buffer.from('zip')]), signal);
  const encryptionKey = { id: 'k1', type: 'KMS' } as const;
  await transferOf({ data: { encryptionKey } }).upload(location, Readable.from([Buffer.from('zip')]), signal);
  expect(received.map(({ line }) => line.split('?')[0])).toEqual(Array(2).fill('PUT /store/pipe/App/x1y2z3a'));
  expect(received[0]?.body.toString()).toBe('zip');
  expect(received[0]?.headers['x-amz-server-side-encryption']).toBe('aws:kms');
  expect(received[0]?.headers).not.toHaveProperty('x-amz-server-side-encryption-aws-kms-key-id');
  expect(received[1]?.headers).toMatchObject({
    'content-type': 'application/zip',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'k1',
  });
});

const mebibyte = 1024 * 1024;

/** Responds to a multipart upload; rejects `refusedPart`. */
function multipart(refusedPart?: number) {
  return (item: Received, response: ServerResponse): void => {
    const part = /partNumber=(\d+)/.exec(item.line)?.[1];
    if (part !== undefined) {
      if (Number(part) === refusedPart) refuse(response, 403, 'AccessDenied');
      else response.writeHead(200, { etag: `"part-${part}"` }).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/xml' });
    if (item.line.includes('uploads')) {
      response.end('<InitiateMultipartUploadResult><UploadId>up-1</UploadId></InitiateMultipartUploadResult>');
    } else response.end('<CompleteMultipartUploadResult/>');
  };
}

function chunks(count: number): Readable {
  return Readable.from(Array.from({ length: count }, (_, index) => Buffer.alloc(mebibyte, index)));
}

it('uploads a large artifact in parts of 5 MiB', async () => {
  answer = multipart();
  await transferOf().upload(location, chunks(12), signal);
  const parts = received.filter(({ line }) => line.includes('partNumber'));
  expect(parts.map(({ body }) => body.length / mebibyte)).toEqual([5, 5, 2]);
  expect(parts[1]?.body[0]).toBe(5);
  const complete = received.at(-1);
  expect(complete?.line).toMatch(/^POST .*uploadId=up-1/);
  const numbers = [...String(complete?.body).matchAll(/<PartNumber>(\d)<\/PartNumber>/g)].map((match) => match[1]);
  expect(numbers).toEqual(['1', '2', '3']);
});

it('aborts a multipart upload that fails', async () => {
  answer = multipart(2);
  const failing = transferOf().upload(location, chunks(18), signal);
  await expect(failing).rejects.toMatchObject({ type: 'PermissionError' });
  expect(received.at(-1)?.line).toMatch(/^DELETE .*uploadId=up-1/);
});

it('renews credentials during an upload that outlasts them', async () => {
  let now = 0;
  const respond = multipart();
  answer = (item, response) => {
    now += 6 * 60_000;
    respond(item, response);
  };
  let minted = 0;
  const refresh = async (): Promise<JobDetails> => {
    minted += 1;
    return { data: { artifactCredentials: credentials(`ASIARENEWED${minted}`) } };
  };
  await transferOf({}, { refresh, now: () => now }).upload(location, chunks(22), signal);
  const keys = received.map(({ headers }) => /Credential=(\w+)/.exec(String(headers.authorization))?.[1]);
  // Create, five parts and Complete are six minutes apart; a key is 14 minutes old at the third request after it.
  expect(keys).toEqual([...Array(3).fill('ASIAFIRST'), ...Array(3).fill('ASIARENEWED1'), 'ASIARENEWED2']);
});
