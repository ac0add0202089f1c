import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  type ObjectAttributes,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'described';
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());

const all: ObjectAttributes[] = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

test('returns only the requested attributes', async () => {
  const where = { Bucket, Key: 'k' };
  const put = await live.client.send(new PutObjectCommand({ ...where, Body: 'hello', ChecksumAlgorithm: 'CRC32' }));
  const attributes = await live.client.send(new GetObjectAttributesCommand({ ...where, ObjectAttributes: all }));
  expect(attributes).toMatchObject({
    ETag: put.ETag?.replaceAll('"', ''),
    Checksum: { ChecksumCRC32: put.ChecksumCRC32, ChecksumType: 'FULL_OBJECT' },
    StorageClass: 'STANDARD',
    ObjectSize: 5,
    LastModified: expect.any(Date),
  });
  expect(attributes.ObjectParts).toBeUndefined();
  const size = await live.client.send(new GetObjectAttributesCommand({ ...where, ObjectAttributes: ['ObjectSize'] }));
  expect(size).toMatchObject({ ObjectSize: 5 });
  expect([size.ETag, size.Checksum, size.StorageClass]).toEqual([undefined, undefined, undefined]);
});

test('returns the parts of a multipart upload in pages, with their checksums', async () => {
  const where = { Bucket, Key: 'parts' };
  const begun = await live.client.send(new CreateMultipartUploadCommand({ ...where, ChecksumAlgorithm: 'SHA256' }));
  const { UploadId } = begun;
  const bodies = [Buffer.alloc(5 * 1024 * 1024, 1), Buffer.alloc(5 * 1024 * 1024, 2), Buffer.from('rest')];
  const Parts = await Promise.all(
    bodies.map(async (Body, index) => {
      const part = { ...where, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm: 'SHA256' as const };
      const { ETag, ChecksumSHA256 } = await live.client.send(new UploadPartCommand(part));
      return { ETag, ChecksumSHA256, PartNumber: index + 1 };
    }),
  );
  await live.client.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } }));
  const ask = (PartNumberMarker?: string) =>
    live.client.send(
      new GetObjectAttributesCommand({ ...where, ObjectAttributes: all, MaxParts: 2, PartNumberMarker }),
    );
  const first = await ask();
  expect(first.Checksum).toMatchObject({ ChecksumType: 'COMPOSITE', ChecksumSHA256: expect.not.stringContaining('-') });
  expect(first.ObjectParts).toMatchObject({ TotalPartsCount: 3, IsTruncated: true, NextPartNumberMarker: '2' });
  const second = await ask('2');
  expect(second.ObjectParts?.IsTruncated).toBe(false);
  const parts = [...(first.ObjectParts?.Parts ?? []), ...(second.ObjectParts?.Parts ?? [])];
  expect(parts).toEqual(
    Parts.map(({ PartNumber, ChecksumSHA256 }, index) => ({ PartNumber, ChecksumSHA256, Size: bodies[index]?.length })),
  );
});

test.each<Record<string, string>>([
  {},
  { 'x-amz-object-attributes': 'Colour' },
  { 'x-amz-object-attributes': 'ETag', 'x-amz-max-parts': 'x' },
])('rejects %j', async (headers) => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
  const answer = await live.send({ path: `/${Bucket}/k?attributes`, headers });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidArgument</Code>') });
});

test('needs two permissions', async () => {
  for (const missing of ['s3:GetObject', 's3:GetObjectAttributes']) {
    live.overrides.isAllowed = (action) => action !== missing;
    const answer = await live.send({
      path: `/${Bucket}/k?attributes`,
      headers: { 'x-amz-object-attributes': 'ETag' },
    });
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining(missing) });
  }
  delete live.overrides.isAllowed;
});
