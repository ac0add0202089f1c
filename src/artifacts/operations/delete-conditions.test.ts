import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const [Bucket, Key] = ['careful', 'a'];
let live: LiveEndpoint;
let object: { ETag: string; Size: number; LastModified: Date };
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());
beforeEach(async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
  const { ETag = '', ContentLength: Size = 0, LastModified = new Date(0) } = await head();
  object = { ETag, Size, LastModified };
});

const head = () => live.client.send(new HeadObjectCommand({ Bucket, Key }));
const later = (at: Date) => new Date(at.getTime() + 5000);

test.each(['size', 'time', 'tag'])(
  'a deletion whose %s does not match fails with 412, and the object stays',
  async (what) => {
    const conditions = {
      IfMatch: object.ETag,
      IfMatchSize: object.Size,
      IfMatchLastModifiedTime: object.LastModified,
      ...(what === 'size' && { IfMatchSize: object.Size + 1 }),
      ...(what === 'time' && { IfMatchLastModifiedTime: later(object.LastModified) }),
      ...(what === 'tag' && { IfMatch: '"0"' }),
    };
    await expect(live.client.send(new DeleteObjectCommand({ Bucket, Key, ...conditions }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    const { IfMatch: ETag, IfMatchSize: Size, IfMatchLastModifiedTime: LastModifiedTime } = conditions;
    const Objects = [{ Key, ETag, Size, LastModifiedTime }];
    const { Errors, Deleted } = await live.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Errors).toMatchObject([{ Key, Code: 'PreconditionFailed' }]);
    expect(Deleted ?? []).toEqual([]);
    await head();
  },
);

test('a deletion whose conditions hold succeeds', async () => {
  const { ETag, Size, LastModified: LastModifiedTime } = object;
  const Objects = [{ Key, ETag, Size, LastModifiedTime }];
  await live.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  await expect(head()).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  await live.client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
  const { LastModified } = await head();
  const conditions = { IfMatchSize: Size, IfMatchLastModifiedTime: LastModified };
  await live.client.send(new DeleteObjectCommand({ Bucket, Key, ...conditions }));
  await expect(head()).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
});

test('an invalid size is rejected, and the object stays', async () => {
  const headers = { 'x-amz-if-match-size': 'large' };
  const answer = await live.send({ method: 'DELETE', path: `/${Bucket}/${Key}`, headers });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidArgument</Code>') });
  await head();
});
