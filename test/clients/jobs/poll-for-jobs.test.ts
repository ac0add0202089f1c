import {
  AcknowledgeJobCommand,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  GetJobDetailsCommand,
  GetPipelineCommand,
  ListActionExecutionsCommand,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import {
  jenkinsType,
  pipelineName,
  poll,
  pollOne,
  prepareBuckets,
  registerJenkins,
  startStory,
  testAction,
  threeStages,
} from '../../support/pipelines/scenario.ts';
import { callRaw, sendRaw } from '../../support/requests/signed-request.ts';
import { account, region, serve } from '../../support/servers/server.ts';

test('every field of the job data is filled (behaviour A.2.7)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const job = await pollOne(client);
  const artifact = (name: string) => ({
    name,
    location: {
      type: 'S3',
      s3Location: {
        bucketName: 'my-artifacts',
        // 20 characters of the pipeline's name, 10 of the artifact's, 7 random ones (behaviour C.15).
        objectKey: expect.stringMatching(new RegExp(`^MySecondPipeline/${name.slice(0, 10)}/[A-Za-z0-9]{7}$`)),
      },
    },
  });
  expect(job).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    nonce: '3',
    accountId: account,
    data: {
      actionTypeId: jenkinsType,
      actionConfiguration: { configuration: { ProjectName: 'JenkinsTestProject' } },
      pipelineContext: {
        pipelineName,
        pipelineArn: `arn:aws:codepipeline:${region}:${account}:${pipelineName}`,
        pipelineExecutionId: executionId,
        stage: { name: 'Testing' },
        action: { name: 'JenkinsTestAction', actionExecutionId: expect.any(String) },
      },
      inputArtifacts: [{ ...artifact('MyAppBuild'), revision: expect.any(String) }],
      outputArtifacts: [artifact('TestReport')],
      artifactCredentials: {
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
      },
    },
  });
});

test('returns the artifact store’s encryption key as it was written (clients 12)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const pipeline = threeStages();
  const encryptionKey = { id: '1234', type: 'KMS' as const };
  await startStory(client, server.s3(), {
    ...pipeline,
    artifactStore: { ...pipeline.artifactStore, encryptionKey },
  } as typeof pipeline);
  expect((await pollOne(client)).data.encryptionKey).toEqual(encryptionKey);
});

test('only types of the owner Custom can be polled', async () => {
  const server = await serve();
  for (const owner of ['AWS', 'ThirdParty'] as const) {
    const call = server.codePipeline().send(new PollForJobsCommand({ actionTypeId: { ...jenkinsType, owner } }));
    await expect(call).rejects.toMatchObject({
      name: 'ValidationException',
      message: `ActionType with owner '${owner}' is not supported`,
    });
  }
});

test('rejects an unregistered type; an empty queue gives an empty list', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await expect(client.send(new PollForJobsCommand(poll))).rejects.toMatchObject({
    name: 'ActionTypeNotFoundException',
    message:
      "ActionType (Category: 'Test', Owner: 'Custom', Provider: 'JenkinsProviderName', Version: '1') is not available",
  });
  await registerJenkins(client);
  expect(await client.send(new PollForJobsCommand(poll))).toMatchObject({ jobs: [] });
});

test('queryParam must name the queryable property, and matches its value exactly', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  await pollOne(client);
  const wrong: (Record<string, string> | undefined)[] = [undefined, {}, { Other: 'JenkinsTestProject' }];
  for (const queryParam of wrong) {
    await expect(client.send(new PollForJobsCommand({ actionTypeId: jenkinsType, queryParam }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  }
  server.clock.advance(31_000);
  for (const ProjectName of ['jenkinstestproject', 'JenkinsTestProjec', 'Another']) {
    expect((await client.send(new PollForJobsCommand({ ...poll, queryParam: { ProjectName } }))).jobs).toEqual([]);
  }
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toHaveLength(1);
});

test('rejects queryParam for a type without a queryable property', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const details = { minimumCount: 0, maximumCount: 5 };
  await client.send(
    new CreateCustomActionTypeCommand({
      category: 'Build',
      provider: 'Plain',
      version: '1',
      inputArtifactDetails: details,
      outputArtifactDetails: details,
    }),
  );
  const actionTypeId = { category: 'Build', owner: 'Custom', provider: 'Plain', version: '1' } as const;
  const asked = client.send(new PollForJobsCommand({ actionTypeId, queryParam: { ProjectName: 'x' } }));
  await expect(asked).rejects.toMatchObject({ name: 'ValidationException' });
  expect((await client.send(new PollForJobsCommand({ actionTypeId, queryParam: {} }))).jobs).toEqual([]);
});

test('maxBatchSize limits the jobs, its default is one, and jobs come oldest first', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const names = ['first', 'second', 'third'];
  const isQueued = async (name: string) => {
    const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName: name }));
    return actionExecutionDetails?.some(({ actionName }) => actionName === testAction.name) ?? false;
  };
  for (const name of names) {
    await client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), name } }));
    await expect.poll(() => isQueued(name)).toBe(true);
  }
  const namesOf = async (maxBatchSize?: number) => {
    const { jobs } = await client.send(new PollForJobsCommand({ ...poll, maxBatchSize }));
    return jobs?.map(({ data }) => data?.pipelineContext?.pipelineName);
  };
  expect(await namesOf()).toEqual(['first']);
  expect(await namesOf(2)).toEqual(['second', 'third']);
  server.clock.advance(31_000);
  expect(await namesOf(75)).toEqual(names);
});

test('a polled job is not offered again until its lease ends, then with a new nonce (decision 1, 3)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const first = await pollOne(client);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  server.clock.advance(29_000);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  server.clock.advance(2_000);
  const { jobs } = await client.send(new PollForJobsCommand(poll));
  expect(jobs?.[0]).toMatchObject({ id: first.id, nonce: '4' });

  await client.send(new AcknowledgeJobCommand({ jobId: first.id, nonce: first.nonce }));
  server.clock.advance(60_000);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
});

test('two competing pollers never both get an acknowledged job', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  server.clock.advance(31_000);
  const polls = await Promise.all(
    Array.from({ length: 20 }, () => server.codePipeline().send(new PollForJobsCommand(poll))),
  );
  const redelivered = polls.flatMap(({ jobs }) => jobs ?? []);
  expect(redelivered).toHaveLength(1);
  const acknowledgements = await Promise.allSettled(
    [job.nonce, redelivered[0]?.nonce].map((nonce) =>
      server.codePipeline().send(new AcknowledgeJobCommand({ jobId: job.id, nonce })),
    ),
  );
  expect(acknowledgements.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('secrets are in plain text for the worker and masked everywhere else (behaviour A.5)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const action = { ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Token: 's3cr3t' } };
  await startStory(client, server.s3(), threeStages(action));
  const job = await pollOne(client);
  expect(job.data.actionConfiguration?.configuration).toMatchObject({ Token: 's3cr3t' });
  const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  expect(jobDetails?.data?.actionConfiguration?.configuration).toMatchObject({ Token: 's3cr3t' });
  const { pipeline } = await client.send(new GetPipelineCommand({ name: pipelineName }));
  expect(pipeline?.stages?.[1]?.actions?.[0]?.configuration).toEqual({
    ProjectName: 'JenkinsTestProject',
    Token: '****',
  });
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(actionExecutionDetails?.[0]?.input).toMatchObject({
    configuration: { Token: '****' },
    resolvedConfiguration: { Token: '****' },
  });
});

test('variables are resolved in the job and shown in both forms in the history (behaviour C.9)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const Note = 'built #{SourceVariables.ObjectKey} in #{codepipeline.PipelineExecutionId}';
  const action = { ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Note } };
  const executionId = await startStory(client, server.s3(), threeStages(action));
  const job = await pollOne(client);
  const resolved = `built app.zip in ${executionId}`;
  expect(job.data.actionConfiguration?.configuration).toMatchObject({ Note: resolved });
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(actionExecutionDetails?.[0]?.input).toMatchObject({
    configuration: { Note },
    resolvedConfiguration: { Note: resolved },
  });
});

test('a held poll returns as soon as there is a job', async () => {
  const server = await serve({ pollWaitSeconds: 20 });
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const held = client.send(new PollForJobsCommand(poll));
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  expect((await held).jobs).toHaveLength(1);
});

test('a held poll returns the next job of a continued action when its delay ends (decision 4)', async () => {
  const server = await serve({ continuationDelaySeconds: 0.2 });
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const first = await pollOne(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: first.id, continuationToken: 'more' }));
  const { body } = await callRaw(server.url, 'PollForJobs', JSON.stringify(poll), {
    headers: { 'x-millrace-wait-seconds': '20' },
  });
  expect(JSON.parse(body).jobs).toMatchObject([{ data: { continuationToken: 'more' } }]);
});

test('a held poll whose client has disconnected claims no job', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const gone = new AbortController();
  const held = callRaw(server.url, 'PollForJobs', JSON.stringify(poll), {
    headers: { 'x-millrace-wait-seconds': '20' },
    signal: gone.signal,
  });
  const heldPolls = async () =>
    (await sendRaw(server.url, { method: 'GET', path: '/-/metrics' })).body.match(/^millrace_held_polls (\d+)/m)?.[1];
  await expect.poll(heldPolls).toBe('1');
  gone.abort();
  await expect(held).rejects.toThrow();
  await expect.poll(heldPolls).toBe('0');
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  expect((await pollOne(client)).nonce).toBe('3');
});
