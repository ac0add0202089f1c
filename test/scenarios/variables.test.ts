import {
  type ActionDeclaration,
  type CodePipelineClient,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import {
  pipelineName,
  pollOne,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { serve } from '../support/servers/server.ts';

const configuration = { ProjectName: 'JenkinsTestProject' };

/** Runs a pipeline with two jobs: `Measure` has the namespace `Measured`, `Use` comes after it with this note. */
function pipelineWith(Note: string) {
  const action = (name: string, members: Partial<ActionDeclaration>): ActionDeclaration => ({
    ...testAction,
    name,
    inputArtifacts: [],
    outputArtifacts: [],
    ...members,
  });
  const pipeline = threeStages();
  pipeline.stages[1] = { name: 'Measuring', actions: [action('Measure', { namespace: 'Measured' })] };
  pipeline.stages[2] = { name: 'Using', actions: [action('Use', { configuration: { ...configuration, Note } })] };
  const variables = [
    { name: 'Target', defaultValue: 'test' },
    { name: 'target', defaultValue: 'lower' },
  ];
  return { ...pipeline, pipelineType: 'V2' as const, variables };
}

async function begin(Note: string) {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3(), pipelineWith(Note));
  return { client, executionId };
}

async function detailOf(client: CodePipelineClient, actionName: string) {
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  return actionExecutionDetails.find((one) => one.actionName === actionName);
}

async function measure(client: CodePipelineClient, outputVariables: Record<string, string>): Promise<void> {
  await client.send(new PutJobSuccessResultCommand({ jobId: (await pollOne(client)).id, outputVariables }));
}

test('every kind of variable is resolved once, just before the action; the history keeps both forms (behaviour C.9)', async () => {
  const note =
    '#{Measured.Weight} #{variables.Target} #{variables.target} #{SourceVariables.BucketName} #{codepipeline.PipelineExecutionId} #{Measured.Weight}';
  const { client, executionId } = await begin(note);
  await measure(client, { Weight: '#{variables.Target}', Unused: 'x' });
  const { data } = await pollOne(client);
  const resolved = `#{variables.Target} test lower my-source ${executionId} #{variables.Target}`;
  expect(data.actionConfiguration?.configuration).toEqual({ ...configuration, Note: resolved });
  expect(await detailOf(client, 'Use')).toMatchObject({
    input: {
      configuration: { ...configuration, Note: note },
      resolvedConfiguration: { ...configuration, Note: resolved },
    },
  });
  expect(await detailOf(client, 'Measure')).toMatchObject({
    input: { namespace: 'Measured' },
    output: { outputVariables: { Weight: '#{variables.Target}', Unused: 'x' } },
  });
});

test('an unresolvable reference fails its action, which keeps the text; a retry fails again', async () => {
  const note = '#{Measured.Weight} #{Measured.Height}';
  const { client, executionId } = await begin(note);
  await measure(client, { Weight: '7', height: '9' });
  await waitForStatus(client, executionId, 'Failed');
  const failed = {
    status: 'Failed',
    input: { configuration: { Note: note }, resolvedConfiguration: { Note: '7 #{Measured.Height}' } },
    output: { executionResult: { errorDetails: { code: 'ConfigurationError' } } },
  };
  expect(await detailOf(client, 'Use')).toMatchObject(failed);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[2]?.actionStates?.[0]?.latestExecution?.errorDetails?.message).toContain('#{Measured.Height}');
  const retryMode = 'FAILED_ACTIONS';
  const input = { pipelineName, stageName: 'Using', pipelineExecutionId: executionId, retryMode } as const;
  await client.send(new RetryStageExecutionCommand(input));
  await waitForStatus(client, executionId, 'Failed');
  expect(await detailOf(client, 'Use')).toMatchObject(failed);
});

test('values of a start apply to that execution only (behaviour C.3, C.9)', async () => {
  const { client, executionId } = await begin('#{variables.Target}');
  const variables = [
    { name: 'Target', value: 'live' },
    { name: 'Unknown', value: 'x' },
  ];
  const { pipelineExecutionId } = await client.send(
    new StartPipelineExecutionCommand({ name: pipelineName, variables }),
  );
  const bound = async (id = '') =>
    (await client.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: id }))).pipelineExecution
      ?.variables;
  expect(await bound(pipelineExecutionId)).toEqual([
    { name: 'Target', resolvedValue: 'live' },
    { name: 'target', resolvedValue: 'lower' },
  ]);
  expect(await bound(executionId)).toEqual([
    { name: 'Target', resolvedValue: 'test' },
    { name: 'target', resolvedValue: 'lower' },
  ]);
  await measure(client, {});
  expect((await pollOne(client)).data.actionConfiguration?.configuration?.Note).toBe('test');
});
