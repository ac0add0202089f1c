import { readFile } from 'node:fs/promises';
import {
  type CodePipelineClient,
  CreatePipelineCommand,
  DeleteWebhookCommand,
  DeregisterWebhookWithThirdPartyCommand,
  ListTagsForResourceCommand,
  ListWebhooksCommand,
  PutWebhookCommand,
  RegisterWebhookWithThirdPartyCommand,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
  type WebhookDefinition,
} from '@aws-sdk/client-codepipeline';
import { beforeEach, describe, expect, test } from 'vitest';
import { pipelineName, prepareBuckets, registerJenkins, threeStages } from '../../support/pipelines/scenario.ts';
import { account, region, serve, type TestServer } from '../../support/servers/server.ts';

const hook: WebhookDefinition = {
  name: 'Hook',
  targetPipeline: pipelineName,
  targetAction: 'Source',
  authentication: 'GITHUB_HMAC',
  authenticationConfiguration: { SecretToken: 's3cret' },
  filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Branch}' }],
};
const arn = `arn:aws:codepipeline:${region}:${account}:webhook:Hook`;

let server: TestServer;
let client: CodePipelineClient;

beforeEach(async () => {
  server = await serve();
  client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
});

const put = async (members: Partial<WebhookDefinition> = {}, tags?: Tag[]) =>
  (await client.send(new PutWebhookCommand({ webhook: { ...hook, ...members }, tags }))).webhook;
const list = async () => (await client.send(new ListWebhooksCommand({}))).webhooks ?? [];
const remove = (name: string) => client.send(new DeleteWebhookCommand({ name }));

test('a put webhook is listed, with the secret in plain text there and masked in the response (clients 20)', async () => {
  const answer = await put({}, [{ key: 'Team', value: 'a' }]);
  const [listed, ...others] = await list();
  expect(others).toEqual([]);
  expect(listed).toEqual({ arn, url: answer?.url, definition: hook, tags: [{ key: 'Team', value: 'a' }] });
  expect(answer).toEqual({
    ...listed,
    definition: { ...hook, authenticationConfiguration: { SecretToken: '****' } },
  });
  expect(answer?.url).toMatch(new RegExp(`^${server.url}/-/webhooks/[0-9a-f-]{36}$`));
});

test('putting the same name again updates it and keeps its url and, without tags, its tags', async () => {
  const first = await put({}, [{ key: 'Team', value: 'a' }]);
  const changed: Partial<WebhookDefinition> = {
    authentication: 'IP',
    authenticationConfiguration: { AllowedIPRange: '192.0.2.0/24' },
    filters: [{ jsonPath: '$.action' }],
  };
  expect((await put(changed))?.url).toBe(first?.url);
  expect(await list()).toEqual([{ ...first, definition: { ...hook, ...changed } }]);
  await put(changed, []);
  expect((await list())[0]?.tags).toEqual([]);
});

test('after deletion and a new put it has another url; deleting a missing one succeeds', async () => {
  const first = await put();
  await remove('Hook');
  await remove('Hook');
  expect(await list()).toEqual([]);
  expect((await put())?.url).not.toBe(first?.url);
});

test('its tags are those of the tag operations', async () => {
  await put({}, [{ key: 'Team', value: 'a' }]);
  await client.send(new TagResourceCommand({ resourceArn: arn, tags: [{ key: 'Cost', value: 'b' }] }));
  await client.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['Team'] }));
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  expect(tags).toEqual([{ key: 'Cost', value: 'b' }]);
  expect((await list())[0]?.tags).toEqual(tags);
});

test('pages by name, with the capitalised members of this operation', async () => {
  for (const name of ['c', 'A', 'b']) await put({ name });
  const first = await client.send(new ListWebhooksCommand({ MaxResults: 2 }));
  expect(first.webhooks?.map(({ definition }) => definition?.name)).toEqual(['A', 'b']);
  const second = await client.send(new ListWebhooksCommand({ MaxResults: 2, NextToken: first.NextToken }));
  expect([second.webhooks?.map(({ definition }) => definition?.name), second.NextToken]).toEqual([['c'], undefined]);
  await expect(client.send(new ListWebhooksCommand({ NextToken: 'x' }))).rejects.toMatchObject({
    name: 'InvalidNextTokenException',
  });
  await expect(client.send(new ListWebhooksCommand({ MaxResults: 101 }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('allows 300 webhooks, which can still be changed', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `hook-${index}`);
  await Promise.all(names.map((name) => put({ name })));
  await expect(put({ name: 'one-more' })).rejects.toMatchObject({ name: 'LimitExceededException' });
  await put({ name: 'hook-7', filters: [] });
  await remove('hook-0');
  await put({ name: 'one-more' });
});

describe('rejects', () => {
  test.each<[Partial<WebhookDefinition>, string]>([
    [
      { authenticationConfiguration: {} },
      "Optional['authenticationConfig' should contain only one property: 'SecretToken']",
    ],
    [
      { authenticationConfiguration: { SecretToken: 'x', AllowedIPRange: '192.0.2.0/24' } },
      "Optional['authenticationConfig' should contain only one property: 'SecretToken']",
    ],
    [{ authentication: 'IP' }, "Optional['authenticationConfig' should contain only one property: 'AllowedIPRange']"],
    [{ authentication: 'UNAUTHENTICATED' }, "Optional['authenticationConfig' should be empty]"],
    ...['192.0.2.0', '192.0.2.0/33', '192.0.2/24', '::/129', 'x/8'].map(
      (range): [Partial<WebhookDefinition>, string] => [
        { authentication: 'IP', authenticationConfiguration: { AllowedIPRange: range } },
        `The AllowedIPRange '${range}' is not a range in CIDR notation, such as 192.0.2.0/24.`,
      ],
    ),
  ])('authentication %j', async (members, message) => {
    await expect(put(members)).rejects.toMatchObject({
      name: 'InvalidWebhookAuthenticationParametersException',
      message,
    });
    expect(await list()).toEqual([]);
  });

  test.each(['ref', '$.', '$.a[', "$['a", "$.a[?search(@.b, 'x')]", '$.a[?@..b]'])(
    'the JSONPath %s',
    async (jsonPath) => {
      await expect(put({ filters: [{ jsonPath: '$.ok' }, { jsonPath }] })).rejects.toMatchObject({
        name: 'InvalidWebhookFilterPatternException',
        message: expect.stringContaining(`'${jsonPath}'`),
      });
    },
  );

  test('a sixth filter, a missing pipeline, bad tags', async () => {
    const filters = Array.from({ length: 6 }, () => ({ jsonPath: '$.ref' }));
    await expect(put({ filters })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("'webhook.filters'"),
    });
    await expect(put({ targetPipeline: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
    await expect(put({}, [{ key: 'aws:x', value: '' }])).rejects.toMatchObject({ name: 'InvalidTagsException' });
    const tooMany = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' }));
    await expect(put({}, tooMany)).rejects.toMatchObject({
      name: 'TooManyTagsException',
      message: `Tag limit exceeded for resource [${arn}].`,
    });
    expect(await list()).toEqual([]);
  });
});

test('registering succeeds without any outgoing call, and needs a webhook (decision 16)', async () => {
  await put({ authentication: 'UNAUTHENTICATED', authenticationConfiguration: {} });
  for (const Command of [RegisterWebhookWithThirdPartyCommand, DeregisterWebhookWithThirdPartyCommand]) {
    await client.send(new Command({ webhookName: 'Hook' }));
    await expect(client.send(new Command({ webhookName: 'Nobody' }))).rejects.toMatchObject({
      name: 'WebhookNotFoundException',
    });
    await expect(client.send(new Command({}))).rejects.toMatchObject({ name: 'ValidationException' });
  }
});

test('the secret is sealed at rest', async () => {
  await put({ authenticationConfiguration: { SecretToken: 'find-me-in-the-file' } });
  const files = ['millrace.sqlite', 'millrace.sqlite-wal'].map((name) => readFile(`${server.folder}/${name}`));
  for (const content of await Promise.all(files)) expect(content.includes('find-me-in-the-file')).toBe(false);
});
