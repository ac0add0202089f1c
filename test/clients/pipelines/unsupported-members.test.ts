import {
  CreatePipelineCommand,
  GetPipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  type PipelineDeclaration,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { readDeclaration } from '../../support/pipelines/read-declaration.ts';
import { deployAction, prepareBuckets, sourceAction } from '../../support/pipelines/scenario.ts';
import { account, serve } from '../../support/servers/server.ts';

/** Starts a server; returns its warnings about unsupported members. */
async function serveAndListen() {
  const warnings: Record<string, unknown>[] = [];
  const onLog = (line: string) => {
    const entry = JSON.parse(line) as Record<string, unknown>;
    if (String(entry.msg).includes('docs/compatibility.md')) warnings.push(entry);
  };
  const server = await serve({}, { onLog });
  return { server, client: server.codePipeline(), warnings };
}

test('triggers and an action of another Region are returned as sent, and the log warns about the Region', async () => {
  const { server, client, warnings } = await serveAndListen();
  const pipeline = readDeclaration('git-triggers');
  const answer = await client.send(new CreatePipelineCommand({ pipeline }));
  expect(answer.pipeline).toMatchObject(pipeline);
  expect(answer.pipeline?.triggers).toEqual(pipeline.triggers);
  const read = await client.send(new GetPipelineCommand({ name: 'git-triggers' }));
  expect(read.pipeline).toEqual(answer.pipeline);

  const expected = [
    { level: 40, pipeline: 'git-triggers', stage: 'Deploy', action: 'There', msg: expect.stringMatching(/eu-west-1/) },
  ];
  expect(warnings).toMatchObject(expected);
  // A repeat is not stored; the next start warns again.
  await client.send(new UpdatePipelineCommand({ pipeline }));
  expect(warnings).toHaveLength(1);
  await server.restart();
  await vi.waitFor(() => expect(warnings.slice(1)).toMatchObject(expected));
});

test.each<[string, Partial<PipelineDeclaration>]>([
  [
    'a filter combination that is not allowed',
    {
      triggers: [
        {
          providerType: 'CodeStarSourceConnection',
          gitConfiguration: {
            sourceActionName: 'Repo',
            push: [{ branches: { includes: ['main'] }, tags: { includes: ['v*'] } }],
          },
        },
      ],
    },
  ],
  [
    'file paths without branches',
    {
      triggers: [
        {
          providerType: 'CodeStarSourceConnection',
          gitConfiguration: { sourceActionName: 'Repo', pullRequest: [{ filePaths: { includes: ['src/**'] } }] },
        },
      ],
    },
  ],
])('rejects %s with AWS’s text', async (_what, members) => {
  const { client } = await serveAndListen();
  const pipeline = { ...readDeclaration('git-triggers'), ...members };
  await expect(client.send(new CreatePipelineCommand({ pipeline }))).rejects.toMatchObject({
    name: 'InvalidStructureException',
    message:
      'The trigger configuration for the source action is not valid. Make sure to choose valid filter combinations.',
  });
});

test('actions of another Region run here once its artifact store is declared', async () => {
  const { server, client } = await serveAndListen();
  const s3 = server.s3();
  await prepareBuckets(s3);
  await s3.send(new CreateBucketCommand({ Bucket: 'artifacts-eu' }));
  const store = (location: string) => ({ type: 'S3' as const, location });
  const pipeline: PipelineDeclaration = {
    name: 'two-regions',
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStores: { 'us-east-1': store('my-artifacts'), 'eu-west-1': store('artifacts-eu') },
    stages: [
      { name: 'Source', actions: [sourceAction] },
      {
        name: 'Release',
        actions: [
          { ...deployAction, region: 'eu-west-1', inputArtifacts: [{ name: 'MyAppBuild' }] },
          {
            name: 'Approve',
            actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
            region: 'eu-west-1',
          },
        ],
      },
    ],
  };
  await client.send(new CreatePipelineCommand({ pipeline }));
  await vi.waitFor(
    async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: 'two-regions' }));
      expect(stageStates?.[1]?.actionStates).toMatchObject([
        { latestExecution: { status: 'Succeeded', summary: 'Deployment Succeeded' } },
        { latestExecution: { status: 'InProgress', summary: expect.stringContaining('Declared for eu-west-1') } },
      ]);
    },
    { timeout: 10_000, interval: 20 },
  );
  const deployed = await s3.send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await deployed.Body?.transformToString()).toBe('the source');
  const { actionExecutionDetails = [] } = await client.send(
    new ListActionExecutionsCommand({ pipelineName: 'two-regions' }),
  );
  const regions = actionExecutionDetails.map(({ actionName, input }) => [actionName, input?.region]);
  expect(new Map(regions as [string, string][])).toEqual(
    new Map([
      ['Source', 'us-east-1'],
      ['Publish', 'eu-west-1'],
      ['Approve', 'eu-west-1'],
    ]),
  );
});
