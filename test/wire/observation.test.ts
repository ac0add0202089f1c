import {
  AcknowledgeJobCommand,
  GetJobDetailsCommand,
  GetPipelineCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test, vi } from 'vitest';
import { jenkinsType, poll, pollOne, startStory, testAction, threeStages } from '../support/pipelines/scenario.ts';
import { callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { serveEdge } from '../support/servers/edge-server.ts';
import { account, clientConfig, type Keys, region, rootKey } from '../support/servers/server.ts';

const root = `arn:aws:iam::${account}:root`;
const metricsOf = async (url: string, headers = {}) => {
  const answer = await sendRaw(url, { method: 'GET', path: '/-/metrics', headers });
  return { ...answer, lines: answer.body.split('\n') };
};

test('every call is one log line with caller, operation, outcome and duration', async () => {
  const server = await serveEdge();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await expect(client.send(new GetPipelineCommand({ name: 'none' }))).rejects.toThrow();
  const worker = new S3Client({
    ...clientConfig(server.url, job.data.artifactCredentials as Keys),
    forcePathStyle: true,
  });
  await expect(worker.send(new GetObjectCommand({ Bucket: 'my-source', Key: 'app.zip' }))).rejects.toThrow();
  await server.s3().send(new HeadObjectCommand({ Bucket: 'my-source', Key: 'app.zip' }));
  await new STSClient(clientConfig(server.url)).send(new GetCallerIdentityCommand({}));
  await callRaw(server.url, 'GetPipeline', '{}', { keys: { ...rootKey, secretAccessKey: 'wrong' } });

  const common = { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), ms: expect.any(Number), level: 30 };
  const byRoot = { ...common, principal: root, account, region };
  await expect
    .poll(() => server.calls().slice(-6))
    .toEqual(
      [
        { ...byRoot, service: 'codepipeline', operation: 'AcknowledgeJob', outcome: 'ok', httpStatus: 200 },
        {
          ...byRoot,
          service: 'codepipeline',
          operation: 'GetPipeline',
          outcome: 'PipelineNotFoundException',
          httpStatus: 400,
        },
        {
          ...byRoot,
          service: 's3',
          operation: 'GetObject',
          outcome: 'AccessDenied',
          denied: { action: 's3:GetObject', resource: 'arn:aws:s3:::my-source/app.zip', count: 1 },
          httpStatus: 403,
          principal: expect.stringMatching(new RegExp(`^arn:aws:sts::${account}:assumed-role/.*/${job.id}$`)),
        },
        { ...byRoot, service: 's3', operation: 'HeadObject', outcome: 'ok', httpStatus: 200 },
        { ...byRoot, service: 'sts', operation: 'GetCallerIdentity', outcome: 'ok', httpStatus: 200 },
        {
          ...common,
          service: 'codepipeline',
          operation: 'GetPipeline',
          outcome: 'InvalidSignatureException',
          reason: 'signature-mismatch',
          httpStatus: 400,
        },
      ].map((line) => expect.objectContaining(line)),
    );
  for (const { ms } of server.calls()) expect(String(ms)).toMatch(/^\d+(\.\d)?$/);
});

test('empty polls, health and metrics are logged at debug only', async () => {
  const server = await serveEdge();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  await pollOne(client);
  const before = server.calls().length;
  await client.send(new PollForJobsCommand(poll));
  await sendRaw(server.url, { method: 'GET', path: '/-/health' });
  await metricsOf(server.url);
  await expect
    .poll(() => server.calls().slice(before))
    .toMatchObject([
      { level: 20, operation: 'PollForJobs', outcome: 'ok' },
      { level: 20, operation: 'health', service: 'own' },
      { level: 20, operation: 'metrics' },
    ]);
  expect(server.calls().find(({ operation, level }) => operation === 'PollForJobs' && level === 30)).toBeDefined();
});

test('secrets are never logged, not even at the level trace', async () => {
  const server = await serveEdge({ logLevel: 'trace' });
  const client = server.codePipeline();
  const planted = 'planted-secret-4711';
  const action = { ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Token: planted } };
  await startStory(client, server.s3(), threeStages(action));
  const job = await pollOne(client);
  expect(job.data.actionConfiguration?.configuration).toMatchObject({ Token: planted });
  await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  await callRaw(server.url, 'GetPipeline', `{"name":"${planted}","x":`, { headers: { 'X-Note': planted } });
  await sendRaw(server.url, { method: 'GET', path: `/bucket/key?X-Amz-Security-Token=${planted}` });
  await sendRaw(server.url, { headers: { Authorization: `AWS4-HMAC-SHA256 ${planted}` } });
  await expect.poll(() => server.logText()).toContain('AccessDenied');
  const { artifactCredentials } = job.data;
  const secrets = [
    planted,
    rootKey.secretAccessKey,
    artifactCredentials?.secretAccessKey,
    artifactCredentials?.sessionToken,
  ];
  for (const secret of [...secrets, 'Signature=']) expect(server.logText()).not.toContain(secret);
});

test('metrics have counts and durations of calls, and the waiting jobs', async () => {
  const server = await serveEdge();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const queue = `${account}/${region}/Test/Custom/${jenkinsType.provider}/1`;
  const waiting = `millrace_jobs_waiting{queue="${queue}"} 1`;
  await expect.poll(async () => (await metricsOf(server.url)).lines).toContain(waiting);
  const { lines, headers } = await metricsOf(server.url);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const age = lines.find((line) => line.startsWith(`millrace_oldest_job_age_seconds{queue="${queue}"}`));
  expect(Number(age?.split(' ').at(-1))).toBeGreaterThanOrEqual(0);
  expect(lines).toContain('millrace_calls_total{service="codepipeline",operation="CreatePipeline",outcome="ok"} 1');
  expect(lines).toContain('millrace_held_polls 0');
  expect(lines.join('\n')).toMatch(/^process_cpu_seconds_total /m);

  await pollOne(client);
  for (const name of ['NoSuchOperation', 'NoSuchEither']) await callRaw(server.url, name, '{}');
  await sendRaw(server.url, { method: 'GET', path: '/-/nothing' });
  const after = (await metricsOf(server.url)).lines;
  expect(after.join('\n')).not.toContain('millrace_jobs_waiting{');
  expect(after).toEqual(
    expect.arrayContaining([
      'millrace_calls_total{service="codepipeline",operation="PollForJobs",outcome="ok"} 1',
      'millrace_call_duration_seconds_count{service="codepipeline",operation="PollForJobs"} 1',
      'millrace_calls_total{service="codepipeline",operation="unknown",outcome="UnknownOperationException"} 2',
      'millrace_calls_total{service="own",operation="unknown",outcome="NotFound"} 1',
    ]),
  );
  expect(after.join('\n')).not.toMatch(/NoSuch|nothing/);
});

test('metrics count how executions and actions ended', async () => {
  const server = await serveEdge();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  await vi.waitFor(async () => {
    const { id } = await pollOne(client);
    await client.send(
      new PutJobFailureResultCommand({ jobId: id, failureDetails: { type: 'JobFailed', message: 'x' } }),
    );
  });
  expect((await metricsOf(server.url)).lines).toEqual(
    expect.arrayContaining([
      'millrace_executions_total{status="Failed"} 1',
      'millrace_actions_total{action_type="Source/AWS/S3/1",status="Succeeded"} 1',
      `millrace_actions_total{action_type="Test/Custom/${jenkinsType.provider}/1",status="Failed"} 1`,
    ]),
  );
});

test('metrics are for local clients unless they are opened or off', async () => {
  const { url } = await serveEdge();
  expect((await metricsOf(url)).status).toBe(200);
  const proxied = await metricsOf(url, { 'X-Forwarded-For': '203.0.113.9' });
  expect([proxied.status, JSON.parse(proxied.body)]).toEqual([
    403,
    { message: expect.stringContaining('--metrics all') },
  ]);
  const open = await serveEdge({ metrics: 'all' });
  expect((await metricsOf(open.url, { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(200);
  const off = await serveEdge({ metrics: 'off' });
  expect((await metricsOf(off.url)).status).toBe(404);
});

test('a rebound browser page gets no metrics, and only local clients see the version', async () => {
  const { url } = await serveEdge();
  const get = async (path: string, headers = {}) => sendRaw(url, { method: 'GET', path, headers });
  const rebound = { Host: 'rebound.example:7090' };
  expect((await get('/-/metrics', rebound)).status).toBe(403);
  expect(JSON.parse((await get('/-/health', rebound)).body)).toEqual({ status: 'ok' });
  expect(JSON.parse((await get('/-/health', { 'X-Forwarded-For': '203.0.113.9' })).body)).toEqual({ status: 'ok' });
  expect(JSON.parse((await get('/-/health')).body)).toEqual({ status: 'ok', version: expect.any(String) });
});
