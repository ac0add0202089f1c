import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { testAccount } from '../../../test/support/servers/bare-endpoint.ts';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'tagged';
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterEach(() => {
  delete live.overrides.isAllowed;
});
afterAll(() => live.close());

const tags = (pairs: Record<string, string>) => Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));

async function tagsOf(Key: string, VersionId?: string) {
  return (await live.client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet;
}

test('an object has the tags it was written with until they are replaced or deleted', async () => {
  const where = { Bucket, Key: 'k' };
  await live.client.send(new PutObjectCommand({ ...where, Body: 'x', Tagging: 'team=a%20b&empty=&c=%2B=/' }));
  expect(await tagsOf('k')).toEqual(tags({ team: 'a b', empty: '', c: '+=/' }));
  expect((await live.client.send(new GetObjectCommand(where))).TagCount).toBe(3);
  await live.client.send(new PutObjectTaggingCommand({ ...where, Tagging: { TagSet: tags({ ключ: 'a+b=c:/@ ü' }) } }));
  expect(await tagsOf('k')).toEqual(tags({ ключ: 'a+b=c:/@ ü' }));
  await live.client.send(new DeleteObjectTaggingCommand(where));
  expect(await tagsOf('k')).toEqual([]);
  expect((await live.client.send(new GetObjectCommand(where))).TagCount).toBeUndefined();
});

test('each version has its own tags', async () => {
  const bucket = 'tagged-versions';
  await live.client.send(new CreateBucketCommand({ Bucket: bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await live.client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  const where = { Bucket: bucket, Key: 'k' };
  const { VersionId } = await live.client.send(new PutObjectCommand({ ...where, Body: '1', Tagging: 'n=1' }));
  await live.client.send(new PutObjectCommand({ ...where, Body: '2', Tagging: 'n=2' }));
  const change = { ...where, VersionId, Tagging: { TagSet: tags({ n: 'one' }) } };
  expect(await live.client.send(new PutObjectTaggingCommand(change))).toMatchObject({ VersionId });
  const read = (version?: string) => live.client.send(new GetObjectTaggingCommand({ ...where, VersionId: version }));
  expect(await read(VersionId)).toMatchObject({ VersionId, TagSet: tags({ n: 'one' }) });
  expect((await read()).TagSet).toEqual(tags({ n: '2' }));
  await expect(read('f'.repeat(32))).rejects.toMatchObject({ name: 'NoSuchVersion' });
});

test('a multipart upload keeps the tags it was created with', async () => {
  const where = { Bucket, Key: 'parts' };
  const { UploadId } = await live.client.send(new CreateMultipartUploadCommand({ ...where, Tagging: 'a=1' }));
  const part = { ...where, UploadId, PartNumber: 1 };
  const { ETag } = await live.client.send(new UploadPartCommand({ ...part, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await live.client.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload }));
  expect(await tagsOf('parts')).toEqual(tags({ a: '1' }));
});

test('a copy has the tags of its source unless it specifies others', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x', Tagging: 'a=1' }));
  const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/source` };
  await live.client.send(new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE' }));
  expect(await tagsOf('copy')).toEqual(tags({ a: '1' }));
  await live.client.send(new CopyObjectCommand({ ...copy, TaggingDirective: 'REPLACE', Tagging: 'b=2' }));
  expect(await tagsOf('copy')).toEqual(tags({ b: '2' }));
});

test('tags need their own permissions', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x', Tagging: 'a=1' }));
  live.overrides.isAllowed = (action) => !action.endsWith('Tagging');
  const denied = (action: string) => ({ name: 'AccessDenied', message: expect.stringContaining(`no s3:${action} on`) });
  const put = (Tagging?: string) => live.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging }));
  await put();
  await expect(put('a=1')).rejects.toMatchObject(denied('PutObjectTagging'));
  await expect(tagsOf('k')).rejects.toMatchObject(denied('GetObjectTagging'));
  const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source` });
  await expect(live.client.send(copy)).rejects.toMatchObject(denied('GetObjectTagging'));
});

test('a bucket has the tags it was created with until they are replaced or deleted', async () => {
  const where = { Bucket: 'labelled' };
  const read = async () => (await live.client.send(new GetBucketTaggingCommand(where))).TagSet;
  await live.client.send(
    new CreateBucketCommand({ ...where, CreateBucketConfiguration: { Tags: tags({ made: 'so' }) } }),
  );
  expect(await read()).toEqual(tags({ made: 'so' }));
  await live.client.send(new PutBucketTaggingCommand({ ...where, Tagging: { TagSet: tags({ a: '1', b: '2' }) } }));
  expect(await read()).toEqual(tags({ a: '1', b: '2' }));
  await live.client.send(new DeleteBucketTaggingCommand(where));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchTagSet', $metadata: { httpStatusCode: 404 } });
});

test('S3 Control tags a bucket by its ARN, whatever the host', async () => {
  await live.client.send(new CreateBucketCommand({ Bucket: 'controlled' }));
  const send = (method: string, query = '', body = '') =>
    live.send({
      method,
      path: `/v20180820/tags/${encodeURIComponent('arn:aws:s3:::controlled')}${query}`,
      headers: { 'x-amz-account-id': testAccount, host: `${testAccount}.localhost` },
      body,
    });
  const request = (inner: string) => `<TagResourceRequest><Tags>${inner}</Tags></TagResourceRequest>`;
  const tag = (key: string, value: string) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;
  expect((await send('GET')).text).toContain('<Tags/>');
  expect((await send('POST', '', request(tag('a', '1') + tag('b', '2') + tag('c', '3')))).status).toBe(204);
  expect((await send('POST', '', request(tag('b', 'two')))).status).toBe(204);
  expect((await send('DELETE', '?tagKeys=a&tagKeys=c')).status).toBe(204);
  expect((await send('GET')).text).toContain(`<Tags>${tag('b', 'two')}</Tags>`);
  const { TagSet } = await live.client.send(new GetBucketTaggingCommand({ Bucket: 'controlled' }));
  expect(TagSet).toEqual(tags({ b: 'two' }));
  const other = { 'x-amz-account-id': '999999999999' };
  expect((await live.send({ path: '/v20180820/tags/arn:aws:s3:::controlled', headers: other })).status).toBe(403);
  const headers = { 'x-amz-account-id': testAccount };
  expect((await live.send({ path: '/v20180820/tags/arn:aws:s3:::none', headers })).text).toContain('NoSuchBucket');
  expect((await live.send({ path: '/v20180820/tags/nonsense', headers })).text).toContain('InvalidRequest');
});

const many = tags(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])));

test.each([
  [tags({ '': 'x' }), 'InvalidTag'],
  [tags({ ['k'.repeat(129)]: 'x' }), 'InvalidTag'],
  [tags({ k: 'v'.repeat(257) }), 'InvalidTag'],
  [tags({ k: 'a\nb' }), 'InvalidTag'],
  [tags({ 'aws:k': 'v' }), 'InvalidTag'],
  [[...tags({ k: '1' }), ...tags({ k: '2' })], 'InvalidTag'],
  [many, 'BadRequest'],
])('rejects the tags %j', async (TagSet, name) => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  for (const command of [
    new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }),
    new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }),
  ]) {
    const sent = command instanceof PutBucketTaggingCommand ? live.client.send(command) : live.client.send(command);
    await expect(sent).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  }
});

test.each(['a=%zz', 'a=1&a=2', '=v', 'a=%00'])('rejects the header x-amz-tagging: %s', async (Tagging) => {
  const put = live.client.send(new PutObjectCommand({ Bucket, Key: 'no', Body: 'x', Tagging }));
  await expect(put).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
});

test('tags of a missing object or bucket are not found', async () => {
  await expect(tagsOf('none')).rejects.toMatchObject({ name: 'NoSuchKey' });
  const none = new PutBucketTaggingCommand({ Bucket: 'nowhere', Tagging: { TagSet: [] } });
  await expect(live.client.send(none)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
