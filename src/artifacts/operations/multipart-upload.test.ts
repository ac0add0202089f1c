import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';
import { checksumText, createRunningChecksum } from '../protocol/checksum.ts';

const Bucket = 'parts';
const partBytes = 5 * 1024 * 1024;
const pieces = [randomBytes(partBytes), randomBytes(partBytes), randomBytes(1000)];
const whole = Buffer.concat(pieces);
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());

async function begin(Key: string, extra: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await live.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...extra }));
  const where = { Bucket, Key, UploadId };
  return {
    where,
    upload: async (PartNumber: number, Body: Buffer): Promise<CompletedPart> => {
      const { ETag, ChecksumCRC32, ChecksumSHA256 } = await live.client.send(
        new UploadPartCommand({ ...where, PartNumber, Body }),
      );
      return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256 };
    },
    complete: (Parts: CompletedPart[]) =>
      live.client.send(new CompleteMultipartUploadCommand({ ...where, MultipartUpload: { Parts } })),
  };
}

async function readBack(Key: string): Promise<Buffer> {
  const { Body } = await live.client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function storedFiles(): Promise<number> {
  const entries = await readdir(live.folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

test('parts uploaded concurrently and out of order become one object', async () => {
  const { where, upload, complete } = await begin('zip', {
    ContentType: 'application/zip',
    Metadata: { a: '1' },
    ServerSideEncryption: 'aws:kms',
    ChecksumAlgorithm: 'CRC32',
  });
  const uploaded = await Promise.all([2, 0, 1].map((index) => upload(index + 1, pieces[index] ?? Buffer.alloc(0))));
  const Parts = uploaded.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  const listed = await live.client.send(new ListPartsCommand({ ...where, MaxParts: 2 }));
  expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', ChecksumAlgorithm: 'CRC32' });
  expect(listed.Parts?.map(({ Size }) => Size)).toEqual([partBytes, partBytes]);

  const done = await complete(Parts);
  const md5s = pieces.map((piece) => createHash('md5').update(piece).digest());
  const ETag = `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`;
  expect(done).toMatchObject({
    ETag,
    ChecksumType: 'COMPOSITE',
    ChecksumCRC32: expect.stringMatching(/-3$/),
    Bucket,
    Key: 'zip',
  });
  expect((await readBack('zip')).equals(whole)).toBe(true);
  const head = await live.client.send(new HeadObjectCommand({ Bucket, Key: 'zip' }));
  expect(head).toMatchObject({
    ETag,
    ContentType: 'application/zip',
    Metadata: { a: '1' },
    ServerSideEncryption: 'aws:kms',
  });
  // The response may have been lost, so a repetition gets the same one, but only with the same parts.
  expect((await complete(Parts)).ETag).toBe(ETag);
  await expect(complete(Parts.slice(1))).rejects.toMatchObject({ name: 'NoSuchUpload' });
  expect(await storedFiles()).toBe(1);
  const part = await live.client.send(new GetObjectCommand({ Bucket, Key: 'zip', PartNumber: 3 }));
  expect(part).toMatchObject({ PartsCount: 3, ContentLength: 1000 });
});

test('a full-object checksum is computed over all bytes', async () => {
  const { upload, complete } = await begin('full', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  const done = await complete([await upload(1, pieces[0] ?? whole), await upload(7, pieces[2] ?? whole)]);
  const crc = createRunningChecksum('CRC32');
  crc.update(Buffer.concat([pieces[0] ?? whole, pieces[2] ?? whole]));
  expect(done).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: await checksumText(crc) });
  const wrong = await begin('wrong', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  const Parts = [await wrong.upload(1, Buffer.from('x'))];
  const command = { ...wrong.where, MultipartUpload: { Parts }, ChecksumCRC32: 'AAAAAA==' };
  await expect(live.client.send(new CompleteMultipartUploadCommand(command))).rejects.toMatchObject({
    name: 'BadDigest',
  });
});

test('uploading a part number again replaces the part', async () => {
  const { upload, complete } = await begin('twice');
  const stale = await upload(1, Buffer.from('stale'));
  const fresh = await upload(1, Buffer.from('fresh'));
  await expect(complete([stale])).rejects.toMatchObject({ name: 'InvalidPart' });
  await complete([fresh]);
  expect((await readBack('twice')).toString()).toBe('fresh');
});

test('rejects an incorrect list of parts', async () => {
  const { where, upload, complete } = await begin('strict', { ChecksumAlgorithm: 'CRC32' });
  const [one, two] = [await upload(1, Buffer.from('small')), await upload(2, Buffer.from('last'))];
  await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
  await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  await expect(complete([one, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  await expect(complete([{ ...one, PartNumber: 3 }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await expect(complete([{ ...one, ETag: two.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await expect(complete([{ ...one, ChecksumCRC32: 'AAAAAA==' }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await expect(complete([])).rejects.toMatchObject({ name: 'MalformedXML' });
  for (const PartNumber of [0, 10_001]) {
    const command = new UploadPartCommand({ ...where, PartNumber, Body: 'x' });
    await expect(live.client.send(command)).rejects.toMatchObject({ name: 'InvalidArgument' });
  }
  await complete([one]);
});

test('aborting an upload removes its parts', async () => {
  const before = await storedFiles();
  const { where, upload, complete } = await begin('aborted');
  const part = await upload(1, Buffer.from('x'));
  expect(await storedFiles()).toBe(before + 1);
  await live.client.send(new AbortMultipartUploadCommand(where));
  expect(await storedFiles()).toBe(before);
  await expect(upload(2, Buffer.from('y'))).rejects.toMatchObject({ name: 'NoSuchUpload' });
  await expect(complete([part])).rejects.toMatchObject({ name: 'NoSuchUpload', $metadata: { httpStatusCode: 404 } });
  await expect(live.client.send(new AbortMultipartUploadCommand(where))).rejects.toMatchObject({
    name: 'NoSuchUpload',
  });
});

test('lists unfinished uploads by key and age', async () => {
  const other = await openLiveEndpoint(openEmbeddedStore);
  await other.client.send(new CreateBucketCommand({ Bucket }));
  const ids: (string | undefined)[] = [];
  for (const Key of ['b/2', 'a', 'a', 'b/1']) {
    ids.push((await other.client.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId);
  }
  const first = await other.client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 }));
  expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'a', NextUploadIdMarker: ids[1] });
  const rest = await other.client.send(
    new ListMultipartUploadsCommand({ Bucket, KeyMarker: 'a', UploadIdMarker: ids[1] }),
  );
  expect(rest.Uploads?.map(({ UploadId }) => UploadId)).toEqual([ids[2], ids[3], ids[0]]);
  const folded = await other.client.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/', Prefix: 'b' }));
  expect(folded.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
  await other.close();
});

test('a part can be copied from an object or a range of it', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }));
  const { where, complete } = await begin('assembled');
  const copy = { ...where, PartNumber: 1, CopySource: `${Bucket}/source` };
  const { CopyPartResult } = await live.client.send(
    new UploadPartCopyCommand({ ...copy, CopySourceRange: 'bytes=2-5' }),
  );
  await complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 }]);
  expect((await readBack('assembled')).toString()).toBe('2345');
  const beyond = new UploadPartCopyCommand({ ...copy, CopySourceRange: 'bytes=2-10' });
  await expect(live.client.send(beyond)).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test.each(['/parts/form?uploads', '/parts/form?uploads=', '/parts/form?uploads&x-id=CreateMultipartUpload'])(
  'POST %s starts an upload',
  async (path) => {
    expect((await live.send({ method: 'POST', path })).text).toContain('<UploadId>');
  },
);

test.each([
  [{ 'x-amz-checksum-type': 'COMPOSITE' }],
  [{ 'x-amz-checksum-algorithm': 'MD4' }],
  [{ 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'FULL_OBJECT' }],
  [{ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' }],
])('rejects %j', async (headers) => {
  const answer = await live.send({ method: 'POST', path: '/parts/no?uploads', headers });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidRequest</Code>') });
});
