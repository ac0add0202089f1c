import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const mebibyte = 1024 * 1024;

/** The maximum file size the system allows: for the server this is the same as a full disk. */
const roomBytes = 16 * mebibyte;

test('a write without space is rejected with its own code, leaves nothing behind and harms nothing', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder, [], { fileBlocks: roomBytes / 512 });
  const client = new S3Client(clientConfig(server.url));
  const Bucket = 'narrow';
  await client.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string, sizeBytes: number) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(sizeBytes, Key) }));
  const files = async () => {
    const entries = await readdir(join(folder, 'objects'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };
  const refused = { name: 'InsufficientStorage', $metadata: { httpStatusCode: 507, attempts: 1 } };

  await put('kept', mebibyte);
  await expect(put('kept', 20 * mebibyte)).rejects.toMatchObject(refused);
  await expect(put('long', 20 * mebibyte)).rejects.toMatchObject(refused);
  expect(await files()).toBe(1);

  const where = { Bucket, Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(where));
  const Parts = await Promise.all(
    [1, 2, 3].map(async (PartNumber) => {
      const part = { ...where, UploadId, PartNumber, Body: Buffer.alloc(6 * mebibyte, 'part') };
      const { ETag } = await client.send(new UploadPartCommand(part));
      return { PartNumber, ETag };
    }),
  );
  const complete = new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } });
  await expect(client.send(complete)).rejects.toMatchObject(refused);
  expect(await files()).toBe(4);
  await client.send(new AbortMultipartUploadCommand({ ...where, UploadId }));
  expect(await files()).toBe(1);

  await put('short', mebibyte);
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
  expect(await Body?.transformToString()).toBe(Buffer.alloc(mebibyte, 'kept').toString());
  expect(server.log()).toContain('no room left');
}, 60_000);
