import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketOwnershipControlsCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketOwnershipControlsCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'closed';
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());

test('a new bucket blocks all public access; a setting is returned, and not found once deleted', async () => {
  const read = async () =>
    (await live.client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
  expect(await read()).toEqual({
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  });
  const PublicAccessBlockConfiguration = {
    BlockPublicAcls: true,
    IgnorePublicAcls: false,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: false,
  };
  await live.client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  expect(await read()).toEqual(PublicAccessBlockConfiguration);
  await live.client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchPublicAccessBlockConfiguration' });
});

test('object ownership is stored and returned; an invalid one is rejected', async () => {
  const read = async () =>
    (await live.client.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules;
  const put = (ObjectOwnership: 'BucketOwnerEnforced' | 'ObjectWriter') =>
    live.client.send(
      new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
    );
  expect(await read()).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  await live.client.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  await expect(read()).rejects.toMatchObject({ name: 'OwnershipControlsNotFoundError' });
  await put('BucketOwnerEnforced');
  expect(await read()).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  await put('ObjectWriter');
  expect(await read()).toEqual([{ ObjectOwnership: 'ObjectWriter' }]);
  await expect(put('Nonsense' as 'ObjectWriter')).rejects.toMatchObject({ name: 'MalformedXML' });
});

test('CreateBucket accepts an object ownership, and creates no bucket for an invalid one', async () => {
  const ObjectOwnership = 'BucketOwnerPreferred';
  await live.client.send(new CreateBucketCommand({ Bucket: 'owned', ObjectOwnership }));
  const { OwnershipControls } = await live.client.send(new GetBucketOwnershipControlsCommand({ Bucket: 'owned' }));
  expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership }]);
  const nonsense = 'Everybody' as 'ObjectWriter';
  const made = live.client.send(new CreateBucketCommand({ Bucket: 'unowned', ObjectOwnership: nonsense }));
  await expect(made).rejects.toMatchObject({ name: 'InvalidArgument', $metadata: { httpStatusCode: 400 } });
  await expect(live.client.send(new HeadBucketCommand({ Bucket: 'unowned' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
});
