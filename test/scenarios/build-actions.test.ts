import {
  type ActionDeclaration,
  type CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  ListRuleExecutionsCommand,
  RetryStageExecutionCommand,
  type RuleDeclaration,
  type StageDeclaration,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { claimBuild } from '../support/builds/scripted-runner.ts';
import {
  deployAction,
  pipelineName,
  prepareBuckets,
  sourceAction,
  threeStages,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';

const compile: ActionDeclaration = {
  name: 'Compile',
  actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
  namespace: 'Bld',
  configuration: {
    ProjectName: 'shop',
    EnvironmentVariables: '[{"name":"VERSION","value":"#{SourceVariables.VersionId}"}]',
  },
  inputArtifacts: [{ name: 'MyAppBuild' }],
  outputArtifacts: [{ name: 'App' }],
};

const check: ActionDeclaration = {
  name: 'Check',
  actionTypeId: { category: 'Compute', owner: 'AWS', provider: 'Commands', version: '1' },
  commands: ['echo #{Bld.TAG} > report'],
  environmentVariables: [{ name: 'TAG', value: '#{Bld.TAG}' }],
  outputVariables: ['DIGEST'],
  configuration: { VpcId: 'vpc-1' },
  namespace: 'Chk',
  inputArtifacts: [{ name: 'App' }],
  outputArtifacts: [{ name: 'Report', files: ['report'] }],
};

const deploy: ActionDeclaration = {
  ...deployAction,
  configuration: { BucketName: 'my-releases', Extract: 'false', ObjectKey: 'report-#{Chk.DIGEST}' },
  inputArtifacts: [{ name: 'Report' }],
};

const rule: RuleDeclaration = {
  name: 'Quiet',
  ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'Commands', version: '1' },
  commands: ['test "#{SourceVariables.BucketName}" = my-source'],
  inputArtifacts: [{ name: 'MyAppBuild' }],
};

/**
 * Starts a server with the project `shop` and a pipeline whose stages after the source have one of these actions each, the
 * first with `entry` as its entry condition.
 */
async function begin(actions: ActionDeclaration[], entry?: StageDeclaration['beforeEntry']) {
  const server = await serve();
  const client = server.codePipeline();
  await prepareBuckets(server.s3(), 'PK the source');
  const environment = { image: 'shop-ci', environmentVariables: [{ name: 'REGION', value: 'eu' }] };
  const document = JSON.stringify({ environment: JSON.stringify(environment) });
  const resources = [{ kind: 'Project', name: 'shop', document }];
  const { status, answer } = await callOwn(server.url, 'ApplyResources', { resources });
  expect({ status, answer }).toMatchObject({ status: 200 });
  const stages = actions.map((action, index) => ({
    name: `${action.name}Stage`,
    actions: [action],
    ...(index === 0 && entry && { beforeEntry: entry }),
  }));
  const pipeline = {
    ...threeStages(),
    pipelineType: 'V2' as const,
    stages: [{ name: 'Source', actions: [sourceAction] }, ...stages],
  };
  await client.send(new CreatePipelineCommand({ pipeline }));
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  return { server, client, executionId: pipelineExecutionSummaries?.[0]?.pipelineExecutionId ?? '' };
}

async function latestOf(client: CodePipelineClient, actionName: string) {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates.flatMap(({ actionStates = [] }) => actionStates).find((one) => one.actionName === actionName)
    ?.latestExecution;
}

async function detailOf(client: CodePipelineClient, actionName: string) {
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  return actionExecutionDetails.find((one) => one.actionName === actionName);
}

test('a build, then commands, then a deployment; variables and artifacts go from one to the next', async () => {
  const { server, client, executionId } = await begin([compile, check, deploy]);
  const build = await claimBuild(server.url);
  const { order } = build;
  expect(order).toMatchObject({
    kind: 'CodeBuild',
    projectName: 'shop',
    image: 'shop-ci',
    initiator: `codepipeline/${pipelineName}`,
    variables: {
      project: [{ name: 'REGION', value: 'eu' }],
      start: [{ name: 'VERSION', value: order.resolvedSourceVersion, type: 'PLAINTEXT' }],
    },
    job: { pipelineName, executionId },
  });
  expect(await build.readSource()).toBe('PK the source');
  const running = await latestOf(client, 'Compile');
  expect(running).toMatchObject({
    status: 'InProgress',
    externalExecutionId: `shop:${order.job?.id}`,
    logStreamARN: expect.stringMatching(/:log-group:\/aws\/codebuild\/shop:log-stream:/),
  });
  await build.writeArtifact('PK the app');
  await build.finish({ exportedVariables: [{ name: 'TAG', value: 'v7' }] });

  const commands = await claimBuild(server.url);
  expect(commands.order).toMatchObject({
    kind: 'Commands',
    projectName: `${pipelineName}.CheckStage.Check`,
    logGroup: `/aws/codepipeline/${pipelineName}`,
    serviceRole: threeStages().roleArn,
    variables: { start: [{ name: 'TAG', value: 'v7' }] },
  });
  expect(JSON.stringify(commands.order.buildspec)).toContain('echo v7 > report');
  expect(await commands.readSource()).toBe('PK the app');
  expect((await latestOf(client, 'Check'))?.summary).toContain('Declared for the VPC vpc-1');
  await commands.writeArtifact('the report');
  await commands.finish({ exportedVariables: [{ name: 'DIGEST', value: 'd1' }] });

  await waitForStatus(client, executionId, 'Succeeded');
  const released = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report-d1' }));
  expect(await released.Body?.transformToString()).toBe('the report');
  expect(await detailOf(client, 'Compile')).toMatchObject({
    output: { outputVariables: { TAG: 'v7' }, executionResult: { externalExecutionId: running?.externalExecutionId } },
  });
});

test('a failed build fails the action with its phase; the retry is another build', async () => {
  const { server, client, executionId } = await begin([compile]);
  const failure = {
    code: 'COMMAND_EXECUTION_ERROR',
    message: 'Error while executing command: make. Reason: exit status 2',
  };
  const phases = [{ type: 'BUILD' as const, startedAt: 1, endedAt: 2, status: 'FAILED' as const, failure }];
  const build = await claimBuild(server.url);
  await build.finish({ status: 'FAILED', phases });
  await waitForStatus(client, executionId, 'Failed');
  const message = `Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: ${failure.message}`;
  expect(await detailOf(client, 'Compile')).toMatchObject({
    status: 'Failed',
    output: { executionResult: { errorDetails: { code: 'JobFailed', message }, externalExecutionSummary: message } },
  });
  const retry = { pipelineName, stageName: 'CompileStage', pipelineExecutionId: executionId };
  await client.send(new RetryStageExecutionCommand({ ...retry, retryMode: 'FAILED_ACTIONS' }));
  const again = await claimBuild(server.url);
  expect(again.order.job?.id).not.toBe(build.order.job?.id);
  await again.finish();
  await waitForStatus(client, executionId, 'Succeeded');
});

test('the build of an abandoned action is to stop', async () => {
  const { server, client, executionId } = await begin([compile]);
  const build = await claimBuild(server.url);
  const end = build.untilEnd();
  await client.send(
    new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId: executionId, abandon: true }),
  );
  expect(await end).toBe('stopped');
  await build.finish({ status: 'STOPPED' });
  expect((await detailOf(client, 'Compile'))?.status).toBe('Abandoned');
});

test('an action with BatchEnabled runs the batch of the buildspec', async () => {
  const buildspec = `version: 0.2
batch: { build-graph: [{ identifier: unit }, { identifier: pack, depend-on: [unit] }] }
phases: { build: { commands: [make] } }`;
  const configuration = { ProjectName: 'shop', BatchEnabled: 'true', BuildspecOverride: buildspec };
  const { server, client, executionId } = await begin([{ ...compile, outputArtifacts: [], configuration }]);
  const ids: string[] = [];
  for (const [identifier, status] of [['unit', 'SUCCEEDED'] as const, ['pack', 'FAILED'] as const]) {
    const build = await claimBuild(server.url);
    expect(build.order).toMatchObject({ batch: { identifier }, job: { pipelineName, executionId } });
    expect(await build.readSource()).toBe('PK the source');
    ids.push(build.order.batch?.id ?? '');
    await build.finish({ status });
  }
  await waitForStatus(client, executionId, 'Failed');
  expect((await detailOf(client, 'Compile'))?.output?.executionResult).toMatchObject({
    externalExecutionId: ids[0],
    errorDetails: {
      message: 'Build terminated with state: FAILED. Code: CLIENT_ERROR, Message: These builds did not succeed: pack',
    },
  });
});

test('a rule runs commands at the entry of a stage', async () => {
  const { server, client, executionId } = await begin([compile], { conditions: [{ result: 'FAIL', rules: [rule] }] });
  const commands = await claimBuild(server.url);
  expect(commands.order).toMatchObject({ kind: 'Commands', projectName: `${pipelineName}.CompileStage.Quiet` });
  expect(JSON.stringify(commands.order.buildspec)).toContain('= my-source');
  await commands.finish({ status: 'FAILED' });
  await waitForStatus(client, executionId, 'Failed');
  const { ruleExecutionDetails = [] } = await client.send(new ListRuleExecutionsCommand({ pipelineName }));
  expect(ruleExecutionDetails[0]).toMatchObject({
    status: 'Failed',
    output: { executionResult: { errorDetails: { message: 'Build terminated with state: FAILED' } } },
  });
});

test('the build of a rule that takes too long is to stop', async () => {
  const { server, client, executionId } = await begin([compile], {
    conditions: [{ result: 'FAIL', rules: [{ ...rule, timeoutInMinutes: 5 }] }],
  });
  const build = await claimBuild(server.url);
  server.clock.advance(5 * 60_000);
  await waitForStatus(client, executionId, 'Failed');
  // Its lease has ended too, as the clock was advanced.
  expect(await build.untilEnd()).toMatch(/stopped|lost/);
});

test('a restarted server waits for the build that it started before', async () => {
  const { server, client, executionId } = await begin([compile]);
  const build = await claimBuild(server.url);
  await vi.waitFor(async () => expect((await latestOf(client, 'Compile'))?.externalExecutionId).toBeDefined());
  const began = performance.now();
  await server.restart();
  expect(performance.now() - began).toBeLessThan(10_000);
  await build.finish();
  await waitForStatus(server.codePipeline(), executionId, 'Succeeded');
});

test('a project that is not there fails the action', async () => {
  const { client, executionId } = await begin([{ ...compile, configuration: { ProjectName: 'nope' } }]);
  await waitForStatus(client, executionId, 'Failed');
  expect((await detailOf(client, 'Compile'))?.output?.executionResult?.errorDetails).toEqual({
    code: 'JobFailed',
    message: expect.stringMatching(
      /^Error calling startBuild: Project cannot be found: arn:aws:codebuild:us-east-1:\d{12}:project\/nope \(Service: AWSCodeBuild; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: /,
    ),
  });
});
