import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testAccount } from '../../../test/support/servers/bare-endpoint.ts';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';
import { frameBytes } from './frame-cipher.ts';
import { openObjectFiles } from './object-files.ts';

const Bucket = 'vault';
const word = 'the secret word ';
const text = Buffer.alloc(6 * 1024 * 1024 + 17, word);
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());

async function fileOf(Key: string): Promise<string> {
  const { fileId = '' } = (await live.index.findObject({ account: testAccount, bucket: Bucket }, Key)) ?? {};
  return join(live.folder, 'objects', fileId.slice(0, 2), fileId);
}

async function get(Key: string, Range?: string): Promise<Buffer> {
  const { Body } = await live.client.send(new GetObjectCommand({ Bucket, Key, Range, ChecksumMode: 'ENABLED' }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function expectSealed(Key: string): Promise<void> {
  expect((await readFile(await fileOf(Key))).includes(word)).toBe(false);
  expect((await get(Key)).equals(text)).toBe(true);
}

test.each([{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k1' }, { ServerSideEncryption: 'AES256' }, {}] as const)(
  'an object put with %j is encrypted on disk and read back unchanged',
  async (encryption) => {
    const put = await live.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: text, ...encryption }));
    expect(put).toMatchObject({ ServerSideEncryption: 'AES256', ...encryption });
    await expectSealed('k');
    const head = await live.client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    expect(head).toMatchObject({
      ContentLength: text.length,
      ETag: put.ETag,
      ServerSideEncryption: 'AES256',
      ...encryption,
    });
  },
);

test.each([
  [0, 0],
  [frameBytes - 1, frameBytes],
  [5, 9 * frameBytes + 3],
  [4 * frameBytes, 8 * frameBytes - 1],
  [text.length - 20, text.length - 1],
])('reads the range %i-%i', async (first, last) => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'range', Body: text }));
  expect((await get('range', `bytes=${first}-${last}`)).equals(text.subarray(first, last + 1))).toBe(true);
});

test('parts, the object completed from them, its copy and what a provider writes are encrypted', async () => {
  const where = { Bucket, Key: 'parts' };
  const { UploadId } = await live.client.send(
    new CreateMultipartUploadCommand({ ...where, ServerSideEncryption: 'aws:kms' }),
  );
  const pieces = [text.subarray(0, 5 * 1024 * 1024), text.subarray(5 * 1024 * 1024)];
  const Parts = await Promise.all(
    pieces.map(async (Body, index) => {
      const PartNumber = index + 1;
      const command = new UploadPartCommand({ ...where, UploadId, PartNumber, Body });
      return { PartNumber, ETag: (await live.client.send(command)).ETag };
    }),
  );
  for (const name of await readdir(live.folder, { recursive: true, withFileTypes: true })) {
    if (name.isFile()) expect((await readFile(join(name.parentPath, name.name))).includes(word)).toBe(false);
  }
  await live.client.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } }));
  await expectSealed('parts');
  await live.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/parts` }));
  await expectSealed('copy');
  const at = { account: testAccount, bucket: Bucket, key: 'provided' };
  await live.endpoint.objects.putObject({ ...at, body: Readable.from([text]) });
  await expectSealed('provided');
  const read = await live.endpoint.objects.getObject(at);
  expect(read && (await buffer(read.body)).equals(text)).toBe(true);
});

test('an object that an older version stored unencrypted stays readable', async () => {
  const sealer = { seal: () => '', open: () => '' };
  const at = { account: testAccount, bucket: Bucket };
  await openObjectFiles(live.folder, sealer).store(Readable.from([text]), 'plain', (file) =>
    live.index.putObject(
      at,
      {
        ...file,
        key: 'old',
        size: text.length,
        etag: 'e',
        attributes: { metadata: {} },
        modifiedAt: 0,
        newVersionId: 'v',
      },
      {},
    ),
  );
  expect((await readFile(await fileOf('old'))).equals(text)).toBe(true);
  expect((await get('old')).equals(text)).toBe(true);
  expect((await get('old', 'bytes=70000-700000')).equals(text.subarray(70_000, 700_001))).toBe(true);
  await live.client.send(new CopyObjectCommand({ Bucket, Key: 'new', CopySource: `${Bucket}/old` }));
  await expectSealed('new');
});

test("a bucket's default encryption applies to writes that specify none", async () => {
  const read = async () =>
    (await live.client.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;
  const plain = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }];
  expect(await read()).toEqual(plain);
  const Rules = [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: 'alias/mine' },
      BucketKeyEnabled: true,
    },
  ];
  await live.client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  expect(await read()).toEqual(Rules);
  const put = (extra = {}) => live.client.send(new PutObjectCommand({ Bucket, Key: 'd', Body: 'x', ...extra }));
  expect(await put()).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/mine' });
  const own = await put({ ServerSideEncryption: 'AES256' });
  expect(own).toMatchObject({ ServerSideEncryption: 'AES256' });
  expect(own.SSEKMSKeyId).toBeUndefined();
  await live.client.send(new DeleteBucketEncryptionCommand({ Bucket }));
  expect(await read()).toEqual(plain);
});

test.each([
  ['<ServerSideEncryptionConfiguration/>', 'MalformedXML'],
  [configuration('rot13'), 'MalformedXML'],
  [configuration('AES256', '<KMSMasterKeyID>k</KMSMasterKeyID>'), 'InvalidArgument'],
  [configuration('aws:kms', '<KMSMasterKeyID>a&#10;b</KMSMasterKeyID>'), 'InvalidArgument'],
])('the default encryption %s fails with %s', async (body, code) => {
  const answer = await live.send({ method: 'PUT', path: `/${Bucket}?encryption`, body });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(`<Code>${code}</Code>`) });
});

function configuration(algorithm: string, more = ''): string {
  const byDefault = `<ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm>${more}</ApplyServerSideEncryptionByDefault>`;
  return `<ServerSideEncryptionConfiguration><Rule>${byDefault}</Rule></ServerSideEncryptionConfiguration>`;
}

/** Flips one bit of a file. */
async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
}

test.each<[string, (path: string) => Promise<void>]>([
  ['a flipped bit', (path) => flip(path, 100)],
  ['a cut end', (path) => truncate(path, 65_552)],
  ['bytes at the end', async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(9)]))],
  ['a missing file', (path) => rm(path)],
])('%s is reported before the first byte and is not a 5xx', async (_what, damage) => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'damaged', Body: text }));
  await damage(await fileOf('damaged'));
  const answer = await live.send({ path: `/${Bucket}/damaged` });
  expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('<Code>InvalidObjectState</Code>') });
  expect(live.errors.at(-1)).toContain('damaged');
  const copy = new CopyObjectCommand({ Bucket, Key: 'no-copy', CopySource: `${Bucket}/damaged` });
  await expect(live.client.send(copy)).rejects.toMatchObject({ name: 'InvalidObjectState' });
  expect((await live.send({ path: `/${Bucket}/no-copy` })).status).toBe(404);
  await expect(
    live.endpoint.objects.getObject({ account: testAccount, bucket: Bucket, key: 'damaged' }),
  ).rejects.toMatchObject({ name: 'InvalidObjectState' });
});

test('damage in a later frame aborts the response; undamaged ranges stay readable', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'later', Body: text }));
  await flip(await fileOf('later'), 3 * 1024 * 1024);
  await expect(live.send({ path: `/${Bucket}/later` })).rejects.toThrow(/aborted|socket hang up/);
  expect(live.errors.at(-1)).toMatch(/damaged: frame 4\d of file/);
  expect((await get('later', 'bytes=0-99')).equals(text.subarray(0, 100))).toBe(true);
  expect((await get('later', 'bytes=4000000-4000099')).length).toBe(100);
  const copy = new CopyObjectCommand({ Bucket, Key: 'no-copy', CopySource: `${Bucket}/later` });
  await expect(live.client.send(copy)).rejects.toMatchObject({ name: 'InvalidObjectState' });
});

test('an empty object is read as empty', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: randomBytes(0) }));
  expect(await live.send({ path: `/${Bucket}/empty` })).toMatchObject({ status: 200, text: '' });
});
