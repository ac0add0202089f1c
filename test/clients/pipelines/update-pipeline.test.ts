import {
  type ActionDeclaration,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  GetJobDetailsCommand,
  GetPipelineCommand,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import {
  pipelineName,
  pollOne,
  prepareBuckets,
  registerJenkins,
  startAgain,
  startStory,
  testAction,
  threeStages,
} from '../../support/pipelines/scenario.ts';
import { account, serve, type TestServer } from '../../support/servers/server.ts';

/** Starts a server with custom types and buckets; nothing is running. */
async function prepare(server: TestServer) {
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const read = async (version?: number) =>
    (await client.send(new GetPipelineCommand({ name: pipelineName, version }))) as {
      pipeline: PipelineDeclaration;
      metadata: { updated: Date; created: Date };
    };
  return {
    client,
    read,
    update: (pipeline: PipelineDeclaration) => client.send(new UpdatePipelineCommand({ pipeline })),
  };
}

const withToken = (Token: string, members: Partial<ActionDeclaration> = {}): PipelineDeclaration =>
  threeStages({ ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Token }, ...members });

test('replaces the whole declaration and increments the version; starts nothing', async () => {
  const server = await serve();
  const { client, read, update } = await prepare(server);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  server.clock.advance(5000);
  const changed = threeStages({ ...testAction, configuration: { ProjectName: 'Other', Note: 'n' } });
  const answer = await update({ ...changed, version: 99, roleArn: `arn:aws:iam::${account}:role/other` });
  expect(answer.pipeline).toMatchObject({ version: 2, roleArn: `arn:aws:iam::${account}:role/other` });
  const { pipeline, metadata } = await read();
  expect(pipeline).toEqual(answer.pipeline);
  expect(pipeline.stages?.[1]?.actions?.[0]).toMatchObject({
    runOrder: 1,
    configuration: { ProjectName: 'Other', Note: 'n' },
  });
  expect(metadata.updated.getTime() - metadata.created.getTime()).toBeGreaterThanOrEqual(5000);
  expect((await read(1)).pipeline).toMatchObject({ version: 1, roleArn: threeStages().roleArn });
  // The output of GetPipeline can be sent back, and changes nothing.
  expect((await update(pipeline)).pipeline).toEqual(pipeline);
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries).toHaveLength(1);
});

test('a missing pipeline is PipelineNotFoundException; an invalid declaration keeps the old version', async () => {
  const server = await serve();
  const { client, read, update } = await prepare(server);
  await expect(update(threeStages())).rejects.toMatchObject({
    name: 'PipelineNotFoundException',
    message: `Account '${account}' does not have a pipeline with name '${pipelineName}'`,
  });
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  const { stages = [], ...members } = threeStages();
  await expect(update({ ...members, stages: stages.slice(0, 1) })).rejects.toMatchObject({
    name: 'InvalidStructureException',
    message: 'Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline',
  });
  await expect(update(threeStages({ ...testAction, configuration: {} }))).rejects.toMatchObject({
    name: 'InvalidActionDeclarationException',
  });
  await expect(update({ ...members, stages, name: 'bad name' })).rejects.toMatchObject({ name: 'ValidationException' });
  expect((await read()).pipeline.version).toBe(1);
});

test('an omitted pipelineType keeps V2; an explicit one changes it (decision 9)', async () => {
  const server = await serve();
  const { client, update } = await prepare(server);
  const created = await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  expect(created.pipeline?.pipelineType).toBe('V1');
  expect((await update(threeStages())).pipeline?.pipelineType).toBe('V1');
  expect((await update({ ...threeStages(), pipelineType: 'V2' })).pipeline?.pipelineType).toBe('V2');
  expect((await update(threeStages())).pipeline?.pipelineType).toBe('V2');
  expect((await update({ ...threeStages(), pipelineType: 'V1' })).pipeline?.pipelineType).toBe('V1');
});

test.each(['****', '*****'])(
  'a secret sent back as %s is kept, in plain text for the worker (behaviour A.5)',
  async (mask) => {
    const server = await serve();
    const { client, read, update } = await prepare(server);
    await client.send(new CreatePipelineCommand({ pipeline: withToken('s3cret') }));
    const job = await pollOne(client);
    await update(withToken(mask));
    expect((await read()).pipeline.stages?.[1]?.actions?.[0]?.configuration?.Token).toBe('****');
    await update(withToken(mask));
    // The execution uses the version it started with; the next one the current one.
    const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
    expect(jobDetails?.data?.actionConfiguration?.configuration?.Token).toBe('s3cret');
  },
);

test('an unchanged secret reaches the worker of the next execution', async () => {
  const server = await serve();
  const codePipeline = server.codePipeline();
  await startStory(codePipeline, server.s3(), withToken('s3cret') as ReturnType<typeof threeStages>);
  await codePipeline.send(new UpdatePipelineCommand({ pipeline: withToken('****') }));
  await codePipeline.send(
    new UpdatePipelineCommand({
      pipeline: withToken('****', { configuration: { ProjectName: 'Next', Token: '****' } }),
    }),
  );
  await startAgain(codePipeline);
  const { actionTypeId } = testAction;
  const next = await pollOne(codePipeline, { actionTypeId, queryParam: { ProjectName: 'Next' } });
  expect(next.data.actionConfiguration?.configuration).toEqual({ ProjectName: 'Next', Token: 's3cret' });
});

test('rejects asterisks without a stored secret', async () => {
  const server = await serve();
  const { client, update } = await prepare(server);
  const refusal = (name: string) => ({
    name: 'InvalidActionDeclarationException',
    message: `Action configuration for the new action "${name}" contains an invalid configuration for the secret property "Token".`,
  });
  await expect(client.send(new CreatePipelineCommand({ pipeline: withToken('****') }))).rejects.toMatchObject(
    refusal('JenkinsTestAction'),
  );
  await client.send(new CreatePipelineCommand({ pipeline: withToken('s3cret') }));
  await expect(update(withToken('****', { name: 'Renamed' }))).rejects.toMatchObject(refusal('Renamed'));
  const { stages: [source, testing, release] = [], ...members } = withToken('****');
  const renamed = [source, { ...testing, name: 'Tests' }, release] as PipelineDeclaration['stages'];
  await expect(update({ ...members, stages: renamed })).rejects.toMatchObject(refusal('JenkinsTestAction'));
  await client.send(
    new CreateCustomActionTypeCommand({
      category: 'Test',
      provider: 'Other',
      version: '1',
      configurationProperties: ['ProjectName', 'Token'].map((name) => ({
        name,
        required: false,
        key: false,
        secret: name === 'Token',
      })),
      inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    }),
  );
  const actionTypeId = { category: 'Test', owner: 'Custom', provider: 'Other', version: '1' } as const;
  await expect(update(withToken('****', { actionTypeId }))).rejects.toMatchObject(refusal('JenkinsTestAction'));
  // Asterisks of another length are an ordinary secret.
  expect((await update(withToken('***'))).pipeline?.version).toBe(2);
});

test('each of several concurrent updates becomes a separate version', async () => {
  const server = await serve();
  const { client, read, update } = await prepare(server);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      update({ ...threeStages(), roleArn: `arn:aws:iam::${account}:role/r${index}` }),
    ),
  );
  expect(answers.map(({ pipeline }) => pipeline?.version).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect((await read()).pipeline.version).toBe(9);
});
