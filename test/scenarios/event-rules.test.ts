import {
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  ListPipelineExecutionsCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import {
  DisableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  sourceKey,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, clientConfig, region, serve } from '../support/servers/server.ts';

const patient = { timeout: 15_000, interval: 20 };
const ruleArn = (name: string) => `arn:aws:events:${region}:${account}:rule/${name}`;

/** Starts a server with a pipeline that only rules start, after its first execution. */
async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  const events = new EventBridgeClient(clientConfig(server.url));
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  await client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), executionMode: 'QUEUED' } }));
  const rule = async (Name: string, input: Partial<PutRuleCommandInput>, parts: Partial<Target> = {}) => {
    await events.send(new PutRuleCommand({ Name, ...input }));
    const target = {
      Id: 'shop',
      Arn: `arn:aws:codepipeline:${region}:${account}:${pipelineName}`,
      RoleArn: `arn:aws:iam::${account}:role/events`,
      ...parts,
    };
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [target] }));
  };
  const put = (...details: object[]) =>
    events.send(
      new PutEventsCommand({
        Entries: details.map((detail) => ({ Source: 'shop', DetailType: 'sold', Detail: JSON.stringify(detail) })),
      }),
    );
  /** Returns the triggers of the executions that rules have started, the oldest first. */
  const started = async () => {
    const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    return pipelineExecutionSummaries
      .filter(({ trigger }) => trigger?.triggerType === 'CloudWatchEvent')
      .map(({ trigger }) => trigger?.triggerDetail)
      .reverse();
  };
  const untilStarted = (...names: string[]) =>
    vi.waitFor(async () => expect(await started()).toEqual(names.map(ruleArn)), patient);
  return { server, client, events, rule, put, started, untilStarted };
}

test('events that a rule selects start its pipeline once each, also across a restart', async () => {
  const { server, events, rule, put, untilStarted } = await setUp();
  await rule('large', { EventPattern: '{"source":["shop"],"detail":{"price":[{"numeric":[">",10]}]}}' });
  await put({ price: 5 }, { price: 20 }, { price: 30 });
  await untilStarted('large', 'large');
  await server.restart();
  await put({ price: 40 });
  await untilStarted('large', 'large', 'large');
  await events.send(new DisableRuleCommand({ Name: 'large' }));
  await rule('small', { EventPattern: '{"detail":{"price":[{"numeric":["<",10]}]}}' });
  await put({ price: 50 }, { price: 1 });
  await untilStarted('large', 'large', 'large', 'small');
});

test('a change of a pipeline is an event that a rule can select', async () => {
  const { client, rule, untilStarted } = await setUp();
  await rule('stopped', {
    EventPattern: JSON.stringify({
      source: ['aws.codepipeline'],
      'detail-type': ['CodePipeline Pipeline Execution State Change'],
      detail: { pipeline: [pipelineName], state: ['STOPPED'] },
    }),
  });
  const { pipelineExecutionSummaries: [first] = [] } = await client.send(
    new ListPipelineExecutionsCommand({ pipelineName }),
  );
  const stop = { pipelineName, pipelineExecutionId: first?.pipelineExecutionId, abandon: true };
  await client.send(new StopPipelineExecutionCommand(stop));
  await untilStarted('stopped');
});

test('a schedule starts its pipeline at its times', async () => {
  const { server, rule, started, untilStarted } = await setUp();
  await rule('hourly', { ScheduleExpression: 'rate(1 hour)' });
  server.clock.advance(59 * 60_000);
  expect(await started()).toEqual([]);
  server.clock.advance(60_001);
  await untilStarted('hourly');
  server.clock.advance(60 * 60_000);
  await untilStarted('hourly', 'hourly');
});

test('the input of a target chooses revisions, and a start that is refused for good is a dead delivery', async () => {
  const { server, client, rule, put, untilStarted } = await setUp();
  const EventPattern = '{"source":["shop"],"detail":{"version":[{"exists":true}]}}';
  const InputTransformer = {
    InputPathsMap: { v: '$.detail.version' },
    InputTemplate:
      '{"sourceRevisions":[{"actionName":"Source","revisionType":"S3_OBJECT_VERSION_ID","revisionValue":"<v>"}]}',
  };
  await rule('versions', { EventPattern }, { InputTransformer });
  await put({ version: 'v1' });
  await untilStarted('versions');
  const { pipelineExecutionSummaries: [newest] = [] } = await client.send(
    new ListPipelineExecutionsCommand({ pipelineName }),
  );
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: newest?.pipelineExecutionId }),
  );
  expect(pipelineExecution?.trigger).toEqual({ triggerType: 'CloudWatchEvent', triggerDetail: ruleArn('versions') });
  const missing = `arn:aws:codepipeline:${region}:${account}:nosuch`;
  await rule('lost', { EventPattern: '{"detail":{"lost":[true]}}' }, { Arn: missing });
  await put({ lost: true });
  await vi.waitFor(async () => {
    const { answer } = await callOwn(server.url, 'ListEventDeliveries', { status: 'Dead' });
    expect(JSON.stringify(answer)).toContain('PipelineNotFoundException');
    expect(JSON.stringify(answer)).toContain('lost/shop');
  }, patient);
});

test('an upload is an event of S3, in both forms, if a rule wants it', async () => {
  const { server, client, rule, untilStarted } = await setUp();
  const s3 = server.s3();
  const upload = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'my-source', Key, Body: Key }));
  const announced = async () => {
    const { answer } = await callOwn(server.url, 'ListEvents', {});
    return JSON.stringify(answer).match(/Object Created|AWS API Call via CloudTrail/g) ?? [];
  };
  await upload(sourceKey);
  await rule(
    'created',
    {
      EventPattern: JSON.stringify({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['my-source'] }, object: { key: [sourceKey] } },
      }),
    },
    {
      InputTransformer: {
        InputPathsMap: { v: '$.detail.object.version-id' },
        InputTemplate:
          '{"sourceRevisions":[{"actionName":"Source","revisionType":"S3_OBJECT_VERSION_ID","revisionValue":"<v>"}]}',
      },
    },
  );
  await rule('called', {
    EventPattern: JSON.stringify({
      source: ['aws.s3'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['s3.amazonaws.com'],
        eventName: ['PutObject', 'CompleteMultipartUpload', 'CopyObject'],
        requestParameters: { bucketName: ['my-source'], key: ['other.zip'] },
      },
    }),
  });
  await upload('ignored.zip');
  expect(await announced()).toEqual([]);
  const { VersionId } = await upload(sourceKey);
  await untilStarted('created');
  await upload('other.zip');
  await untilStarted('created', 'called');
  expect(await announced()).toEqual(['Object Created', 'AWS API Call via CloudTrail']);
  await vi.waitFor(async () => {
    const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    const { sourceRevisions } =
      pipelineExecutionSummaries.find(({ trigger }) => trigger?.triggerDetail === ruleArn('created')) ?? {};
    expect(sourceRevisions?.[0]?.revisionId).toBe(VersionId);
  }, patient);
});
