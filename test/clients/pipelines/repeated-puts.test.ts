import { join } from 'node:path';
import {
  type CodePipelineClient,
  CreatePipelineCommand,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  ListTagsForResourceCommand,
  ListWebhooksCommand,
  type PipelineDeclaration,
  PutApprovalResultCommand,
  PutWebhookCommand,
  TagResourceCommand,
  UpdateActionTypeCommand,
  UpdatePipelineCommand,
  type WebhookDefinition,
} from '@aws-sdk/client-codepipeline';
import { PutBucketTaggingCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { fewestCommits } from '../../support/databases/sqlite-file.ts';
import { prepareBuckets, registerJenkins, sourceAction } from '../../support/pipelines/scenario.ts';
import { partnerDeclaration, registerPartner } from '../../support/pipelines/third-party.ts';
import { account, serve } from '../../support/servers/server.ts';

const name = 'repeated';

/** Returns a pipeline whose first stage after the source has an approval, followed by an action with a secret. */
const declared = {
  name,
  pipelineType: 'V2',
  roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
  artifactStore: { type: 'S3', location: 'my-artifacts' },
  stages: [
    { name: 'Source', actions: [sourceAction] },
    {
      name: 'Gate',
      onFailure: { result: 'RETRY' },
      actions: [
        {
          name: 'Approve',
          actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
        },
      ],
    },
    {
      name: 'Testing',
      beforeEntry: {
        conditions: [
          {
            result: 'FAIL',
            rules: [
              {
                name: 'Always',
                ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'DeploymentWindow', version: '1' },
                configuration: { Cron: '* * * * * ?' },
              },
            ],
          },
        ],
      },
      actions: [
        {
          name: 'Check',
          actionTypeId: { category: 'Test', owner: 'Custom', provider: 'JenkinsProviderName', version: '1' },
          configuration: { ProjectName: 'JenkinsTestProject', Token: 's3cret' },
        },
      ],
    },
  ],
} as const satisfies PipelineDeclaration;

const [source, gate, testing] = declared.stages;

const retryFailed = { result: 'RETRY', retryConfiguration: { retryMode: 'FAILED_ACTIONS' } } as const;

function withConfiguration(configuration: Record<string, string>) {
  return { ...testing, actions: [{ ...testing.actions[0], configuration }] };
}

/** Starts a pipeline until its approval is pending; returns what a repeated update must not change. */
async function waiting(members: Partial<PipelineDeclaration> = {}) {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  await client.send(new CreatePipelineCommand({ pipeline: { ...declared, ...members } }));
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName: name }));
  const pipelineExecutionId = pipelineExecutionSummaries?.[0]?.pipelineExecutionId ?? '';
  const isParallel = members.executionMode === 'PARALLEL';
  const token = isParallel ? '' : await waitForToken(client);
  const before = await client.send(new GetPipelineCommand({ name }));
  server.clock.advance(60_000);
  return { server, client, pipelineExecutionId, token, before };
}

async function waitForToken(client: CodePipelineClient): Promise<string> {
  return vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name }));
    const token = stageStates?.[1]?.actionStates?.[0]?.latestExecution?.token;
    expect(token).toEqual(expect.any(String));
    return token as string;
  });
}

describe('UpdatePipeline with the stored declaration changes nothing', () => {
  const written = {
    ...testing.actions[0],
    runOrder: 1,
    region: 'us-east-1',
    inputArtifacts: [],
    outputArtifacts: [],
    configuration: { Token: '*****', ProjectName: 'JenkinsTestProject' },
  };
  const shortRule = { category: 'Rule', provider: 'DeploymentWindow' } as const;

  test.each<[string, (sent: PipelineDeclaration) => PipelineDeclaration]>([
    ['as GetPipeline gave it back, secrets masked', (sent) => sent],
    ['as it was created, secrets in clear', () => declared],
    ['with another version', (sent) => ({ ...sent, version: 7 })],
    ['with its members in another order', (sent) => Object.fromEntries(Object.entries(sent).reverse()) as typeof sent],
    [
      'with defaults written out and empty lists for absent ones',
      (sent) => ({
        ...sent,
        executionMode: 'SUPERSEDED',
        variables: [],
        triggers: [],
        stages: [
          { ...source, blockers: [] },
          { ...gate, onFailure: { ...gate.onFailure, retryConfiguration: { retryMode: 'ALL_ACTIONS' } } },
          { ...testing, actions: [written] },
        ],
      }),
    ],
    [
      'with defaults left out',
      (sent) => ({
        ...sent,
        pipelineType: undefined,
        executionMode: undefined,
        version: undefined,
        stages: [
          source,
          { ...gate, onFailure: { ...gate.onFailure, retryConfiguration: {} } },
          {
            ...testing,
            beforeEntry: {
              conditions: [
                {
                  result: 'FAIL',
                  rules: [{ ...testing.beforeEntry.conditions[0].rules[0], ruleTypeId: shortRule }],
                },
              ],
            },
          },
        ],
      }),
    ],
  ])('%s', async (_what, change) => {
    const { client, pipelineExecutionId, token, before } = await waiting();
    const { pipeline: stored } = before;
    const answer = await client.send(new UpdatePipelineCommand({ pipeline: change(stored as PipelineDeclaration) }));
    expect(answer.pipeline).toEqual(stored);
    const after = await client.send(new GetPipelineCommand({ name }));
    expect(after.pipeline).toEqual(stored);
    expect(after.metadata).toEqual(before.metadata);
    // The approval is still pending, and its response moves the execution.
    const approval = { pipelineName: name, stageName: 'Gate', actionName: 'Approve', token };
    await client.send(new PutApprovalResultCommand({ ...approval, result: { summary: '', status: 'Approved' } }));
    const found = await client.send(new GetPipelineExecutionCommand({ pipelineName: name, pipelineExecutionId }));
    expect(found.pipelineExecution).toMatchObject({ status: 'InProgress', pipelineVersion: 1 });
  });

  test.each(['QUEUED', 'PARALLEL'] as const)('in mode %s', async (executionMode) => {
    const { client, before } = await waiting({ executionMode });
    const { pipeline } = before;
    const answer = await client.send(new UpdatePipelineCommand({ pipeline }));
    expect(answer.pipeline).toEqual(pipeline);
    expect((await client.send(new GetPipelineCommand({ name }))).metadata).toEqual(before.metadata);
  });

  test('equal to an older version only is a change', async () => {
    const { client, before } = await waiting();
    const pipeline = before.pipeline as PipelineDeclaration;
    const other = { ...pipeline, roleArn: `arn:aws:iam::${account}:role/other` };
    expect((await client.send(new UpdatePipelineCommand({ pipeline: other }))).pipeline?.version).toBe(2);
    expect((await client.send(new UpdatePipelineCommand({ pipeline }))).pipeline?.version).toBe(3);
  });

  test.each<[string, PipelineDeclaration['stages']]>([
    ['another secret', [source, gate, withConfiguration({ ProjectName: 'JenkinsTestProject', Token: 'other' })]],
    ['no secret', [source, gate, withConfiguration({ ProjectName: 'JenkinsTestProject' })]],
    ['one value more', [source, gate, withConfiguration({ ...testing.actions[0].configuration, Note: 'n' })]],
    ['stages in another order', [source, testing, gate]],
    ['another retry mode', [source, { ...gate, onFailure: retryFailed }, testing]],
  ])('%s is a change', async (_what, stages) => {
    const { client } = await waiting();
    const { pipeline } = await client.send(new UpdatePipelineCommand({ pipeline: { ...declared, stages } }));
    expect(pipeline?.version).toBe(2);
  });
});

test('disabling or enabling a transition again keeps who changed it and when', async () => {
  const { server, client } = await waiting();
  const way = { pipelineName: name, stageName: 'Testing', transitionType: 'Inbound' } as const;
  const stateOf = async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name }));
    return stageStates?.[2]?.inboundTransitionState;
  };
  for (const put of [
    () => client.send(new DisableStageTransitionCommand({ ...way, reason: 'freeze' })),
    () => client.send(new EnableStageTransitionCommand(way)),
  ]) {
    await put();
    const first = await stateOf();
    server.clock.advance(60_000);
    await put();
    expect(await stateOf()).toEqual(first);
  }
});

test('a repeated put writes nothing', async () => {
  const { server, client } = await waiting();
  await registerPartner(server.url);
  const s3 = server.s3();
  const resourceArn = `arn:aws:codepipeline:us-east-1:${account}:${name}`;
  const tags = [
    { key: 'team', value: 'mill' },
    { key: 'cost', value: '7' },
  ];
  const way = { pipelineName: name, stageName: 'Testing', transitionType: 'Inbound' } as const;
  const webhook: WebhookDefinition = {
    name: 'hook',
    targetPipeline: name,
    targetAction: 'Source',
    filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/main' }],
    authentication: 'GITHUB_HMAC',
    authenticationConfiguration: { SecretToken: 'shared' },
  };
  const actionType = { ...partnerDeclaration, description: 'Other words' };
  const puts: Record<string, () => Promise<object | undefined>> = {
    UpdatePipeline: () => client.send(new UpdatePipelineCommand({ pipeline: declared })),
    TagResource: () => client.send(new TagResourceCommand({ resourceArn, tags })),
    PutWebhook: () => client.send(new PutWebhookCommand({ webhook, tags })),
    DisableStageTransition: () => client.send(new DisableStageTransitionCommand({ ...way, reason: 'freeze' })),
    UpdateActionType: () => client.send(new UpdateActionTypeCommand({ actionType })),
    PutBucketVersioning: () =>
      s3.send(
        new PutBucketVersioningCommand({ Bucket: 'my-releases', VersioningConfiguration: { Status: 'Enabled' } }),
      ),
    PutBucketTagging: () =>
      s3.send(new PutBucketTaggingCommand({ Bucket: 'my-releases', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })),
  };
  for (const put of Object.values(puts)) await put();
  const fewest = (put: () => Promise<unknown>) => fewestCommits(join(server.folder, 'millrace.sqlite'), put);
  for (const [operation, put] of Object.entries(puts)) expect([operation, await fewest(put)]).toEqual([operation, 0]);
  await client.send(new EnableStageTransitionCommand(way));
  expect(await fewest(() => client.send(new EnableStageTransitionCommand(way)))).toBe(0);
});

test('tags and webhooks put again don’t change', async () => {
  const { server, client } = await waiting();
  const resourceArn = `arn:aws:codepipeline:us-east-1:${account}:${name}`;
  const tags = [
    { key: 'team', value: 'mill' },
    { key: 'cost', value: '7' },
  ];
  await client.send(new TagResourceCommand({ resourceArn, tags }));
  const tagged = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  await client.send(new TagResourceCommand({ resourceArn, tags: [...tags].reverse() }));
  expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(tagged.tags);

  const webhook = {
    name: 'hook',
    targetPipeline: name,
    targetAction: 'Source',
    filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/main' }],
    authentication: 'GITHUB_HMAC' as const,
    authenticationConfiguration: { SecretToken: 'shared' },
  };
  const put = async () => (await client.send(new PutWebhookCommand({ webhook }))).webhook;
  const first = await put();
  const listed = (await client.send(new ListWebhooksCommand({}))).webhooks;
  server.clock.advance(60_000);
  expect(await put()).toEqual(first);
  expect((await client.send(new ListWebhooksCommand({}))).webhooks).toEqual(listed);
});
