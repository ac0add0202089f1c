import {
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { unzip } from '../support/git/repository.ts';
import { createImage } from '../support/images/image.ts';
import { serveImages } from '../support/images/image-registry.ts';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, clientConfig, region, serve } from '../support/servers/server.ts';

const patient = { timeout: 15_000, interval: 20 };

function withImage(configuration: Record<string, string>, name = pipelineName): PipelineDeclaration {
  const source = {
    name: 'Source',
    actionTypeId: { category: 'Source', owner: 'AWS', provider: 'ECR', version: '1' } as const,
    configuration,
    outputArtifacts: [{ name: 'MyAppBuild' }],
  };
  const [, ...stages] = threeStages({ ...testAction, outputArtifacts: [{ name: 'TestReport' }] }).stages;
  return { ...threeStages(), name, pipelineType: 'V2', stages: [{ name: 'Source', actions: [source] }, ...stages] };
}

async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  const s3 = server.s3();
  await prepareBuckets(s3);
  const registry = await serveImages();
  const apply = (documents: Record<string, object>) => {
    const resources = Object.entries(documents).map(([name, document]) => {
      return { kind: 'Registry', name, document: JSON.stringify(document) };
    });
    return callOwn(server.url, 'ApplyResources', { resources });
  };
  /** Waits until the newest source action has taken a digest, and returns what it wrote. */
  const taken = (digest: string) =>
    vi.waitFor(async () => {
      const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
      const action = actionExecutionDetails.find(({ actionName }) => actionName === 'Source');
      expect(action?.output?.executionResult?.externalExecutionId).toBe(digest);
      const { bucket, key } = action?.output?.outputArtifacts?.[0]?.s3location ?? {};
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const files = await unzip(Buffer.from((await object.Body?.transformToByteArray()) ?? []));
      return { action, detail: JSON.parse(files['imageDetail.json'] ?? '') as Record<string, unknown> };
    }, patient);
  const failure = () =>
    vi.waitFor(async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const latest = stageStates?.[0]?.actionStates?.[0]?.latestExecution;
      expect(latest?.status).toBe('Failed');
      return latest?.errorDetails;
    }, patient);
  return { server, client, registry, apply, taken, failure };
}

test('an execution takes the image of its tag, or of the digest that its start names', async () => {
  const { client, registry, apply, taken, failure } = await setUp();
  const [older, newer] = [createImage(['1']), createImage(['2'])];
  registry.put('team/shop', older);
  registry.put('team/shop', newer, 'latest');
  await client.send(new CreatePipelineCommand({ pipeline: withImage({ RepositoryName: 'team/shop' }) }));
  expect(await failure()).toEqual({
    code: 'ConfigurationError',
    message: expect.stringContaining("Where the repository 'team/shop' is has not been declared."),
  });
  // Of several registries the one that names the repository has it, then the one with the longest folder.
  const elsewhere = { url: 'http://127.0.0.1:1' };
  await apply({
    rest: elsewhere,
    folder: { ...elsewhere, repositories: ['team/*'] },
    images: { url: registry.url, repositories: ['other', 'team/shop'] },
  });
  await client.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  const { action, detail } = await taken(newer.digest);
  expect(detail).toMatchObject({ ImageURI: `${registry.host}/team/shop@${newer.digest}`, ImageTags: ['latest'] });
  expect(action?.output?.outputVariables).toMatchObject({ ImageDigest: newer.digest, ImageTag: 'latest' });
  const sourceRevisions = [
    { actionName: 'Source', revisionType: 'IMAGE_DIGEST' as const, revisionValue: older.digest },
  ];
  await client.send(new StartPipelineExecutionCommand({ name: pipelineName, sourceRevisions }));
  expect((await taken(older.digest)).detail).toMatchObject({ ImageDigest: older.digest, ImageTags: [] });
});

test('a pushed image starts the pipelines of a registry that says so, also one that was there before', async () => {
  const { server, client, registry, apply, taken } = await setUp();
  const [first, second] = [createImage(['1']), createImage(['2'])];
  registry.put('shop', first, 'latest');
  await apply({ images: { url: registry.url } });
  await client.send(new CreatePipelineCommand({ pipeline: withImage({ RepositoryName: 'shop' }) }));
  await taken(first.digest);
  const requests = registry.requests.length;
  registry.put('shop', second, 'latest');
  server.clock.advance(61_000);
  // Nothing asks for checks yet; as soon as something does, there is one.
  await apply({ images: { url: registry.url, onPush: 'start' } });
  await taken(second.digest);
  expect(registry.requests[requests]).toBe('HEAD /v2/shop/manifests/latest');
  registry.put('shop', first, 'latest');
  server.clock.advance(61_000);
  await taken(first.digest);
  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  const started = { triggerType: 'PollForSourceChanges', triggerDetail: 'Source' };
  expect(pipelineExecutionSummaries.map(({ trigger }) => trigger)).toEqual([
    started,
    started,
    { triggerType: 'CreatePipeline', triggerDetail: expect.any(String) },
  ]);
});

test('a pushed image sends its events once, if the registry says so, and starts nothing itself', async () => {
  const { server, client, registry, apply, taken } = await setUp();
  const [first, second] = [createImage(['1']), createImage(['2'])];
  registry.put('shop', first, 'v1');
  await apply({ images: { url: registry.url, onPush: 'event' } });
  const configuration = { RepositoryName: 'shop', ImageTag: 'v1' };
  for (const name of [pipelineName, 'Other']) {
    await client.send(new CreatePipelineCommand({ pipeline: withImage(configuration, name) }));
  }
  await taken(first.digest);
  const events = async () => {
    const { answer } = await callOwn<{ events: { event: string }[] }>(server.url, 'ListEvents', {});
    const all = answer.events.map(({ event }) => JSON.parse(event) as { source: string });
    return all.filter(({ source }) => source === 'aws.ecr');
  };
  // The first check has seen the image once it has been read by its digest alone.
  await vi.waitFor(() => expect(registry.requests).toContain('HEAD /v2/shop/manifests/v1'), patient);
  expect(await events()).toEqual([]);
  registry.put('shop', second, 'v1');
  server.clock.advance(61_000);
  await vi.waitFor(async () => expect(await events()).toHaveLength(2), patient);
  expect(await events()).toMatchObject([
    {
      'detail-type': 'ECR Image Action',
      resources: [expect.stringContaining(':repository/shop')],
      detail: {
        'action-type': 'PUSH',
        result: 'SUCCESS',
        'repository-name': 'shop',
        'image-tag': 'v1',
        'image-digest': second.digest,
      },
    },
    {
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventName: 'PutImage', requestParameters: { repositoryName: 'shop', imageTag: 'v1' } },
    },
  ]);
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries).toHaveLength(1);
});

test.each([
  [
    'the console',
    { 'detail-type': ['ECR Image Action'], detail: { 'action-type': ['PUSH'], 'image-tag': ['latest'] } },
  ],
  ['the CDK', { detail: { eventName: ['PutImage'], requestParameters: { repositoryName: ['shop'] } } }],
])('a rule as %s makes it starts the pipeline of a pushed image', async (_, pattern) => {
  const { server, client, registry, apply, taken } = await setUp();
  const [first, second] = [createImage(['1']), createImage(['2'])];
  registry.put('shop', first, 'latest');
  await apply({ images: { url: registry.url, onPush: 'event' } });
  await client.send(new CreatePipelineCommand({ pipeline: withImage({ RepositoryName: 'shop' }) }));
  await taken(first.digest);
  const events = new EventBridgeClient(clientConfig(server.url));
  const EventPattern = JSON.stringify({ source: ['aws.ecr'], ...pattern });
  await events.send(new PutRuleCommand({ Name: 'pushed', EventPattern }));
  const Arn = `arn:aws:codepipeline:${region}:${account}:${pipelineName}`;
  const target = { Id: 'pipeline', Arn, RoleArn: `arn:aws:iam::${account}:role/events` };
  await events.send(new PutTargetsCommand({ Rule: 'pushed', Targets: [target] }));
  await vi.waitFor(() => expect(registry.requests).toContain('HEAD /v2/shop/manifests/latest'), patient);
  registry.put('shop', second, 'latest');
  server.clock.advance(61_000);
  await taken(second.digest);
  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries.map(({ trigger }) => trigger?.triggerType)).toEqual([
    'CloudWatchEvent',
    'CreatePipeline',
  ]);
});
