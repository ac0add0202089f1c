import {
  type BucketLifecycleConfiguration,
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectAclCommand,
  type NotificationConfiguration,
  PutBucketAclCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectAclCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'kept';
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
});
afterAll(() => live.close());

test('accepts the default ACL and rejects any other', async () => {
  const { client } = live;
  await client.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }));
  await client.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'bucket-owner-full-control' }));
  const { Owner, Grants } = await client.send(new GetObjectAclCommand({ Bucket, Key: 'a' }));
  await client.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner, Grants } }));
  const refused = { name: 'AccessControlListNotSupported', $metadata: { httpStatusCode: 400 } };
  await expect(client.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }))).rejects.toMatchObject(refused);
  const everyone = { Type: 'Group' as const, URI: 'http://acs.amazonaws.com/groups/global/AllUsers' };
  const AccessControlPolicy = { Owner, Grants: [{ Grantee: everyone, Permission: 'READ' as const }] };
  await expect(client.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy }))).rejects.toMatchObject(refused);
  await expect(client.send(new PutBucketAclCommand({ Bucket: 'none', ACL: 'private' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
  await expect(client.send(new PutObjectAclCommand({ Bucket, Key: 'b', ACL: 'private' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
});

test('stores a notification configuration, with EventBridge; an empty one removes it', async () => {
  const { client } = live;
  const read = async () => {
    const { $metadata: _, ...found } = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    return found;
  };
  const put = (configuration: NotificationConfiguration) =>
    client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: configuration }));
  expect(await read()).toEqual({});
  const queue = (Id: string) => ({
    Id,
    QueueArn: 'arn:aws:sqs:us-east-1:123456789012:q',
    Events: ['s3:ObjectCreated:*' as const, 's3:ObjectRemoved:*' as const],
    Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'in/' }] } },
  });
  const wanted = { EventBridgeConfiguration: {}, QueueConfigurations: [queue('one'), queue('two')] };
  await put(wanted);
  expect(await read()).toEqual(wanted);
  await put({});
  expect(await read()).toEqual({});
  await expect(
    put({ TopicConfigurations: [{ TopicArn: 'nowhere', Events: ['s3:TestEvent' as never] }] }),
  ).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
});

test('stores a lifecycle with an id for each rule, transitions included, until it is deleted', async () => {
  const { client } = live;
  const read = async () => (await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules;
  const put = (LifecycleConfiguration: BucketLifecycleConfiguration) =>
    client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
  const rules: BucketLifecycleConfiguration['Rules'] = [
    {
      ID: 'old',
      Status: 'Enabled',
      Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'keep', Value: 'no' }], ObjectSizeGreaterThan: 10 } },
      Expiration: { Days: 30 },
      NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 2 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      Transitions: [{ Days: 10, StorageClass: 'GLACIER' }],
    },
    { Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } },
  ];
  await put({ Rules: rules });
  expect(await read()).toEqual([rules[0], { ...rules[1], ID: expect.stringMatching(/^.{20,}$/) }]);
  const bad: [string, BucketLifecycleConfiguration['Rules']][] = [
    ['MalformedXML', []],
    ['InvalidArgument', [{ Status: 'Enabled', Filter: { Prefix: '' } }]],
    ['InvalidArgument', [{ Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 0 } }]],
    ['InvalidArgument', [{ Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Date: new Date(1000) } }]],
    ['MalformedXML', [{ Status: 'Enabled', Expiration: { Days: 1 } }]],
  ];
  for (const [name, Rules] of bad) await expect(put({ Rules })).rejects.toMatchObject({ name });
  await client.send(new DeleteBucketLifecycleCommand({ Bucket }));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
});
