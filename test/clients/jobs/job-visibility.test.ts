import {
  AcknowledgeJobCommand,
  GetJobDetailsCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import {
  jenkinsType,
  pipelineName,
  poll,
  pollOne,
  startStory,
  testAction,
  threeStages,
} from '../../support/pipelines/scenario.ts';
import { runMillrace } from '../../support/requests/command-line.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { sendRaw } from '../../support/requests/signed-request.ts';
import { account, serve, type TestServer } from '../../support/servers/server.ts';

const typeKey = 'Test/Custom/JenkinsProviderName/1';
const secret = 'hunter2-is-the-secret';
const failure = { type: 'JobFailed', message: 'three tests failed' } as const;

interface Listed {
  jobs: { jobId: string; [member: string]: unknown }[];
  nextToken?: string;
}

async function serveStory(): Promise<{ server: TestServer; executionId: string }> {
  const server = await serve();
  const configuration = { ...testAction.configuration, Token: secret };
  const executionId = await startStory(
    server.codePipeline(),
    server.s3(),
    threeStages({ ...testAction, configuration }),
  );
  await expect.poll(() => listed(server, {})).toHaveLength(1);
  return { server, executionId };
}

/** Returns the custom jobs; those of the built-in source are short-lived. */
async function listed(server: TestServer, input: object): Promise<Listed['jobs']> {
  const { answer } = await callOwn<Listed>(server.url, 'ListJobs', { actionType: typeKey, ...input });
  return answer.jobs;
}

test('a queued job is listed with its pipeline, stage and action, and by every filter', async () => {
  const { server, executionId } = await serveStory();
  const [job] = await listed(server, {});
  expect(job).toEqual({
    jobId: expect.any(String),
    status: 'Queued',
    isWaiting: true,
    isContinuation: false,
    actionType: typeKey,
    queryValue: 'JenkinsTestProject',
    pipelineName,
    pipelineExecutionId: executionId,
    stageName: 'Testing',
    actionName: 'JenkinsTestAction',
    actionExecutionId: expect.any(String),
    deliveries: 0,
    createdAt: expect.any(Number),
    offerAt: expect.any(Number),
    deadlineAt: expect.any(Number),
  });
  const fitting = [
    { statuses: ['Queued', 'InProgress'] },
    { queryValue: 'JenkinsTestProject' },
    { pipelineName },
    { pipelineExecutionId: executionId },
    { actionName: 'JenkinsTestAction' },
    { maxResults: 1 },
  ];
  for (const filter of fitting) expect(await listed(server, filter)).toHaveLength(1);
  const foreign = [
    { statuses: ['InProgress'] },
    { actionType: 'Build/Custom/Other/1' },
    { queryValue: 'jenkinstestproject' },
    { pipelineName: 'other' },
    { pipelineExecutionId: 'other' },
    { actionName: 'other' },
  ];
  for (const filter of foreign) expect(await listed(server, filter)).toEqual([]);
  expect((await callOwn<Listed>(server.url, 'ListJobs', { statuses: ['Succeeded'] })).answer.jobs).toHaveLength(1);
});

test('ended jobs are listed on request, in pages', async () => {
  const { server } = await serveStory();
  const statuses = ['Succeeded', 'Queued'];
  const first = await callOwn<Listed>(server.url, 'ListJobs', { statuses, maxResults: 1 });
  expect(first.answer.jobs).toMatchObject([{ stageName: 'Source', status: 'Succeeded' }]);
  const { nextToken } = first.answer;
  const rest = await callOwn<Listed>(server.url, 'ListJobs', { statuses, nextToken });
  expect(rest.answer).toMatchObject({ jobs: [{ stageName: 'Testing' }] });
  expect(rest.answer).not.toHaveProperty('nextToken');
});

test('the history of a job names each caller by ARN, key and request id, and contains no secret', async () => {
  const { server } = await serveStory();
  const robot = await createKey(server.url, 'robot', ['codepipeline:*']);
  const client = server.codePipeline(robot);
  const lost = await pollOne(client);
  server.clock.advance(31_000);
  const job = await pollOne(client);
  expect(job.id).toBe(lost.id);
  const acknowledged = await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const details = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  const reported = await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails: failure }));
  const { answer } = await callOwn<{ job: object; events: object[] }>(server.url, 'GetJob', { jobId: job.id });
  const by = (call: { $metadata: { requestId?: string } }) => ({
    callerArn: `arn:aws:iam::${account}:user/robot`,
    accessKeyId: robot.accessKeyId,
    requestId: call.$metadata.requestId,
  });
  expect(answer.events).toMatchObject([
    { kind: 'Delivered', nonce: '3', leaseUntil: expect.any(Number), accessKeyId: robot.accessKeyId },
    { kind: 'Delivered', nonce: '4', accessKeyId: robot.accessKeyId },
    { kind: 'Acknowledged', nonce: '4', ...by(acknowledged) },
    { kind: 'CredentialsMinted', ...by(details) },
    { kind: 'Failed', ...by(reported) },
  ]);
  expect(answer.job).toMatchObject({
    status: 'Failed',
    actionStatus: 'Failed',
    deliveries: 2,
    result: { outcome: 'Failed', failureDetails: failure },
  });
  const { secretAccessKey, sessionToken } = job.data.artifactCredentials ?? {};
  for (const hidden of [secret, secretAccessKey, sessionToken, robot.secretAccessKey]) {
    expect(JSON.stringify(answer)).not.toContain(hidden);
  }
});

test('a chain of continuations is linked in both directions', async () => {
  const { server } = await serveStory();
  const client = server.codePipeline();
  const first = await pollOne(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: first.id, continuationToken: 'a token of its own' }));
  server.clock.advance(1000);
  const second = await pollOne(client);
  const getJob = async (jobId: string) => (await callOwn(server.url, 'GetJob', { jobId })).answer;
  const before = await getJob(first.id);
  expect(before.job).toMatchObject({ status: 'Succeeded', actionStatus: 'InProgress', nextJobId: second.id });
  expect(before.events).toMatchObject([{ kind: 'Delivered' }, { kind: 'Continued' }]);
  const after = await getJob(second.id);
  expect(after.job).toMatchObject({ status: 'Dispatched', isContinuation: true, previousJobId: first.id });
  expect(JSON.stringify([before, after])).not.toContain('a token of its own');
});

test('callers without a policy see no job, and invalid input is reported', async () => {
  const { server } = await serveStory();
  const robot = await createKey(server.url, 'robot', ['codepipeline:*', 'millrace:GetJob']);
  const refusals = [
    [await callOwn(server.url, 'ListJobs', {}, robot), 'AccessDeniedException'],
    [await callOwn(server.url, 'GetJobLog', { jobId: 'x' }, robot), 'AccessDeniedException'],
    [await callOwn(server.url, 'GetJob', { jobId: 'nope' }, robot), 'JobNotFoundException'],
    [await callOwn(server.url, 'ListJobs', { statuses: ['Waiting'] }), 'ValidationException'],
    [await callOwn(server.url, 'ListJobs', { nextToken: '-1' }), 'ValidationException'],
    [await callOwn(server.url, 'ListJobs', { maxResults: 0 }), 'ValidationException'],
    [await callOwn(server.url, 'ListJobs', { maxResults: '1' }), 'SerializationException'],
  ] as const;
  for (const [{ status, answer }, code] of refusals) expect([status, answer]).toMatchObject([400, { __type: code }]);
});

test('millrace jobs prints a table, millrace jobs ID the history, --json the server’s response', async () => {
  const { server } = await serveStory();
  const client = server.codePipeline();
  const job = await pollOne(client);
  const flags = ['--data', server.folder];
  const table = await runMillrace('jobs', '--action-type', typeKey, ...flags);
  expect(table.printed[0]).toMatch(/^AGE +STATUS +ACTION TYPE +QUERY +PIPELINE\/STAGE\/ACTION +DELIVERIES +JOB$/);
  expect(table.printed[1]).toMatch(
    new RegExp(
      `^\\d+s +Dispatched +${typeKey} +JenkinsTestProject +${pipelineName}/Testing/JenkinsTestAction +1 +${job.id}$`,
    ),
  );
  expect(await runMillrace('jobs', '--query', 'other', ...flags)).toEqual({
    code: 0,
    printed: [],
    complained: ['millrace: no job matches --query other.'],
  });
  await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails: failure }));
  const story = (await runMillrace('jobs', job.id, ...flags)).printed.join('\n');
  expect(story).toContain('failure     JobFailed: three tests failed');
  expect(story).toMatch(/Queued\n.*Delivered +nonce 3 .*\n.*Failed +by arn:aws:iam::123456789012:root/);
  const json = await runMillrace('jobs', job.id, '--json', ...flags);
  expect(JSON.parse(json.printed.join('\n'))).toMatchObject({ job: { jobId: job.id }, events: [{}, {}] });
  const unknown = await runMillrace('jobs', 'nope', ...flags);
  expect(unknown).toMatchObject({ code: 1, complained: [expect.stringContaining('JobNotFoundException')] });
});

test('the metrics show queued jobs by query value, who polls, and what no worker polls for', async () => {
  const { server } = await serveStory();
  const queue = `${account}/us-east-1/${typeKey}`;
  const lines = async () => (await sendRaw(server.url, { method: 'GET', path: '/-/metrics' })).body.split('\n');
  const query = 'query="JenkinsTestProject"';
  expect(await lines()).toEqual(
    expect.arrayContaining([
      `millrace_jobs_waiting{queue="${queue}"} 1`,
      `millrace_jobs_waiting_by_query{queue="${queue}",${query}} 1`,
      // The server has just started, so missing polls don't count yet.
      `millrace_jobs_waiting_unpolled{queue="${queue}"} 0`,
    ]),
  );
  server.clock.advance(6 * 60_000);
  expect(await lines()).toContain(`millrace_jobs_waiting_unpolled{queue="${queue}"} 1`);
  const client = server.codePipeline();
  const other = { actionTypeId: jenkinsType, queryParam: { ProjectName: 'Another' } };
  await client.send(new PollForJobsCommand(other));
  const asked = await lines();
  expect(asked).toContain(`millrace_jobs_waiting_unpolled{queue="${queue}"} 1`);
  expect(asked.find((line) => line.startsWith(`millrace_last_poll_age_seconds{queue="${queue}"}`))).toBeDefined();
  await client.send(new PollForJobsCommand(poll));
  server.clock.advance(60_000);
  expect(await lines()).toContain(`millrace_jobs_waiting_unpolled{queue="${queue}"} 0`);
});
