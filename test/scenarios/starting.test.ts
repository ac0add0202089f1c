import {
  type CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  StartPipelineExecutionCommand,
  type StartPipelineExecutionCommandInput,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { dayMs } from '../support/engine/test-clock.ts';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  startStory,
  threeStages,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { account, serve } from '../support/servers/server.ts';

const root = `arn:aws:iam::${account}:root`;

function start(client: CodePipelineClient, members: Partial<StartPipelineExecutionCommandInput> = {}) {
  return client.send(new StartPipelineExecutionCommand({ name: pipelineName, ...members }));
}

async function executions(client: CodePipelineClient) {
  return (await client.send(new ListPipelineExecutionsCommand({ pipelineName }))).pipelineExecutionSummaries ?? [];
}

/** Returns the scenario's pipeline with a required variable and one with a default. */
const demanding = {
  ...threeStages(),
  pipelineType: 'V2' as const,
  variables: [{ name: 'Target' }, { name: 'Colour', defaultValue: 'blue' }, { name: 'Size' }],
};

test('without a value for a required variable the call succeeds, but the execution fails at once (behaviour C.3)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  await client.send(new CreatePipelineCommand({ pipeline: demanding }));
  // Names of variables are case-sensitive, and unknown ones are ignored.
  await start(client, {
    variables: [
      { name: 'target', value: 'x' },
      { name: 'Size', value: 'L' },
    ],
  });
  const [second, first, ...others] = await executions(client);
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    status: 'Failed',
    statusSummary: "Values for required variables haven't been provided: Target,Size",
    trigger: { triggerType: 'CreatePipeline', triggerDetail: root },
  });
  expect(second).toMatchObject({
    status: 'Failed',
    statusSummary: "Values for required variables haven't been provided: Target",
    trigger: { triggerType: 'StartPipelineExecution', triggerDetail: root },
  });
  expect((await client.send(new ListActionExecutionsCommand({ pipelineName }))).actionExecutionDetails).toEqual([]);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.map(({ latestExecution }) => latestExecution)).toEqual([undefined, undefined, undefined]);

  const given = [
    { name: 'Target', value: 'live' },
    { name: 'Size', value: 'L' },
  ];
  const { pipelineExecutionId } = await start(client, { variables: given });
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  expect(pipelineExecution).toMatchObject({
    status: 'InProgress',
    variables: [
      { name: 'Target', resolvedValue: 'live' },
      { name: 'Colour', resolvedValue: 'blue' },
      { name: 'Size', resolvedValue: 'L' },
    ],
  });
});

test('a repeated name is rejected and starts nothing', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3(), demanding);
  const variables = [
    { name: 'Target', value: 'a' },
    { name: 'Target', value: 'b' },
  ];
  await expect(start(client, { variables })).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await executions(client)).toHaveLength(1);
});

test('the token of an earlier start returns its execution again, whatever the other members (behaviour 0.2)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3(), demanding);
  const clientRequestToken = 'deploy-42';
  const { pipelineExecutionId: first } = await start(client, { clientRequestToken });
  await waitForStatus(client, first ?? '', 'Failed');
  server.clock.advance(30 * dayMs);
  const variables = [{ name: 'Target', value: 'live' }];
  expect(await start(client, { clientRequestToken, variables })).toMatchObject({ pipelineExecutionId: first });
  expect(await executions(client)).toHaveLength(2);
  // The repeated call is still validated.
  const twice = [...variables, ...variables];
  await expect(start(client, { clientRequestToken, variables: twice })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  const sourceRevisions = [{ actionName: 'Nobody', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: 'v' } as const];
  await expect(start(client, { clientRequestToken, sourceRevisions })).rejects.toMatchObject({
    name: 'ValidationException',
  });

  expect((await start(client, { clientRequestToken: 'deploy-43' })).pipelineExecutionId).not.toBe(first);
  await client.send(new CreatePipelineCommand({ pipeline: { ...demanding, name: 'Other' } }));
  const other = await start(client, { name: 'Other', clientRequestToken });
  expect(other.pipelineExecutionId).not.toBe(first);
});

test('concurrent starts with one token create one execution', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const started = await Promise.all(Array.from({ length: 5 }, () => start(client, { clientRequestToken: 'once' })));
  expect(new Set(started.map(({ pipelineExecutionId }) => pipelineExecutionId)).size).toBe(1);
  expect(await executions(client)).toHaveLength(2);
});

test('source revisions are for V2 pipelines (behaviour C.10)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const override = { actionName: 'Source', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: 'v' } as const;
  await expect(start(client, { sourceRevisions: [override] })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Source revision overrides can only be used with V2 pipelines.',
  });
});
