import {
  type CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  DeletePipelineCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-codepipeline';
import { beforeEach, describe, expect, test } from 'vitest';
import { pipelineName, prepareBuckets, registerJenkins, threeStages } from '../../support/pipelines/scenario.ts';
import { account, region, serve } from '../../support/servers/server.ts';

const arnOf = (resource: string, owner = account, where = region) =>
  `arn:aws:codepipeline:${where}:${owner}:${resource}`;
const pipelineArn = arnOf(pipelineName);
const typeArn = arnOf('actiontype:Custom/Build/Mill/1');
const many = (count: number, prefix = 'k') =>
  Array.from({ length: count }, (_, index) => ({ key: `${prefix}${index}`, value: '' }));

let client: CodePipelineClient;

beforeEach(async () => {
  const server = await serve();
  client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  await client.send(new CreatePipelineCommand({ pipeline: threeStages(), tags: [{ key: 'Team', value: 'a' }] }));
  await client.send(
    new CreateCustomActionTypeCommand({
      category: 'Build',
      provider: 'Mill',
      version: '1',
      inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
      tags: [{ key: 'Kind', value: 'b' }],
    }),
  );
});

const list = async (resourceArn: string) =>
  (await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags?.map(({ key, value }) => [key, value]);
const tag = (resourceArn: string, tags: { key: string; value: string }[]) =>
  client.send(new TagResourceCommand({ resourceArn, tags }));
const untag = (resourceArn: string, ...tagKeys: string[]) =>
  client.send(new UntagResourceCommand({ resourceArn, tagKeys }));

test('tags of the create calls can be listed, changed and removed', async () => {
  expect(await list(pipelineArn)).toEqual([['Team', 'a']]);
  await tag(pipelineArn, [
    { key: 'Team', value: 'b' },
    { key: 'Cost', value: '' },
    { key: '__proto__', value: 'p' },
  ]);
  expect(await list(pipelineArn)).toEqual([
    ['Cost', ''],
    ['Team', 'b'],
    ['__proto__', 'p'],
  ]);
  await untag(pipelineArn, 'Team', 'Nobody');
  expect(await list(pipelineArn)).toEqual([
    ['Cost', ''],
    ['__proto__', 'p'],
  ]);
  expect(await list(typeArn)).toEqual([['Kind', 'b']]);
});

test('both spellings of an action type have the same tags (clients 18)', async () => {
  await tag(arnOf('actionType:Custom/Build/Mill/1'), [{ key: 'More', value: 'c' }]);
  await untag(typeArn, 'Kind');
  for (const arn of [typeArn, arnOf('actionType:Custom/Build/Mill/1')])
    expect(await list(arn)).toEqual([['More', 'c']]);
});

test("an ARN without an account belongs to the caller's account (clients 18)", async () => {
  const arn = arnOf('actiontype:Custom/Build/Mill/1', '');
  await tag(arn, [{ key: 'More', value: 'c' }]);
  await untag(arn, 'Kind');
  expect(await list(arn)).toEqual([['More', 'c']]);
  expect(await list(arnOf(pipelineName, ''))).toEqual([['Team', 'a']]);
});

test('pages have the requested size', async () => {
  await tag(pipelineArn, many(4));
  const first = await client.send(new ListTagsForResourceCommand({ resourceArn: pipelineArn, maxResults: 3 }));
  expect(first.tags?.map(({ key }) => key)).toEqual(['Team', 'k0', 'k1']);
  const { nextToken } = first;
  const second = await client.send(
    new ListTagsForResourceCommand({ resourceArn: pipelineArn, maxResults: 3, nextToken }),
  );
  expect([second.tags?.map(({ key }) => key), second.nextToken]).toEqual([['k2', 'k3'], undefined]);
  await expect(client.send(new ListTagsForResourceCommand({ resourceArn: typeArn, nextToken }))).rejects.toMatchObject({
    name: 'InvalidNextTokenException',
  });
});

describe('errors', () => {
  test('more than 50 tags, including existing ones', async () => {
    const tooMany = { name: 'TooManyTagsException', message: `Tag limit exceeded for resource [${pipelineArn}].` };
    await tag(pipelineArn, many(49));
    await expect(tag(pipelineArn, many(1, 'x'))).rejects.toMatchObject(tooMany);
    await tag(
      pipelineArn,
      many(49).map(({ key }) => ({ key, value: 'new' })),
    );
    await expect(tag(pipelineArn, many(51, 'y'))).rejects.toMatchObject(tooMany);
    expect(await list(pipelineArn)).toHaveLength(50);
  });

  test('system tags and duplicate keys', async () => {
    const invalid = { name: 'InvalidTagsException' };
    await expect(tag(pipelineArn, [{ key: 'aws:x', value: '' }])).rejects.toMatchObject(invalid);
    await expect(untag(pipelineArn, 'AWS:x')).rejects.toMatchObject(invalid);
    await expect(tag(pipelineArn, [...many(1), ...many(1)])).rejects.toMatchObject(invalid);
    expect(await list(pipelineArn)).toEqual([['Team', 'a']]);
  });

  test.each([
    [arnOf('Nobody'), `The account with id '${account}' does not include a pipeline with the name 'Nobody'`],
    [arnOf('webhook:Hook'), `The account with id '${account}' does not include a webhook with the name 'Hook'`],
    [
      arnOf('actiontype:Custom/Build/Mill/2'),
      `The account with id '${account}' does not include an action type 'Build/Custom/Mill/2'`,
    ],
    [
      arnOf('actiontype:AWS/Source/S3/1'),
      `The account with id '${account}' does not include an action type 'Source/AWS/S3/1'`,
    ],
    [
      arnOf(pipelineName, '210987654321'),
      `The account with id '${account}' does not include a pipeline with the name '${pipelineName}'`,
    ],
    [
      arnOf(pipelineName, account, 'eu-west-1'),
      `The account with id '${account}' does not include a pipeline with the name '${pipelineName}'`,
    ],
  ])('ResourceNotFoundException for %s', async (arn, message) => {
    const refusal = { name: 'ResourceNotFoundException', message };
    await expect(list(arn)).rejects.toMatchObject(refusal);
    await expect(tag(arn, many(1))).rejects.toMatchObject(refusal);
    await expect(untag(arn, 'k')).rejects.toMatchObject(refusal);
  });

  test.each(['a/b', 'webhook/Hook', 'actiontype:Custom/Build/Mill', 'actiontype:Nobody/Build/Mill/1', 'job:x', 'a b'])(
    'InvalidArnException for …:%s',
    async (resource) => {
      await expect(list(arnOf(resource))).rejects.toMatchObject({ name: 'InvalidArnException' });
    },
  );

  test('ValidationException for invalid ARNs', async () => {
    await expect(list(pipelineName)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(list('arn:aws:s3:::bucket')).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('the tags of a deleted pipeline are gone, also for a new one of the same name', async () => {
    await client.send(new DeletePipelineCommand({ name: pipelineName }));
    await expect(list(pipelineArn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
    expect(await list(pipelineArn)).toEqual([]);
  });
});
