import {
  AcknowledgeJobCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createPutLog } from '../../../src/cli/jobs/job-log-call.ts';
import { defaultArchiveLimits } from '../../../src/worker/archives/archive-limits.ts';
import { runWorkerCommand } from '../../../src/worker/command/worker-command.ts';
import {
  pipelineName,
  pollOne,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { runMillrace } from '../../support/requests/command-line.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { region, rootKey, serve, type TestServer } from '../../support/servers/server.ts';

const secret = 'hunter2-is-the-secret';
const failureDetails = { type: 'JobFailed', message: 'no' } as const;

interface Log {
  text: string;
  nextOffset: number;
  isComplete: boolean;
}

async function serveJob(): Promise<{ server: TestServer; jobId: string; executionId: string }> {
  const server = await serve();
  const client = server.codePipeline();
  const action = { ...testAction, configuration: { ...testAction.configuration, Token: secret } };
  const executionId = await startStory(client, server.s3(), threeStages(action));
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  return { server, jobId: job.id, executionId };
}

test('a log is appended in pieces and read from any offset, without the secrets of the action', async () => {
  const { server, jobId } = await serveJob();
  const put = async (input: object) => (await callOwn(server.url, 'PutJobLog', { jobId, ...input })).answer;
  expect(await put({ text: '' })).toEqual({ nextOffset: 0, isCut: false });
  expect(await put({ offset: 0, text: `the token is ${secret}!\n` })).toEqual({ nextOffset: 18, isCut: false });
  expect(await put({ offset: 0, text: 'sent again' })).toEqual({ nextOffset: 18, isCut: false });
  await put({ text: 'second line\n' });
  const get = async (input: object) => (await callOwn<Log>(server.url, 'GetJobLog', { jobId, ...input })).answer;
  const all = await get({});
  expect(all).toEqual({ text: 'the token is ***!\nsecond line\n', nextOffset: 30, isComplete: false, isCut: false });
  expect(await get({ offset: 18 })).toMatchObject({ text: 'second line\n' });
});

test('a read is held until there is more, and says when the job has ended', async () => {
  const { server, jobId } = await serveJob();
  const get = (offset: number) => callOwn<Log>(server.url, 'GetJobLog', { jobId, offset, waitSeconds: 20 });
  const held = get(0);
  await callOwn(server.url, 'PutJobLog', { jobId, text: 'news\n' });
  expect((await held).answer).toMatchObject({ text: 'news\n', nextOffset: 5, isComplete: false });
  const last = get(5);
  await server.codePipeline().send(new PutJobFailureResultCommand({ jobId, failureDetails }));
  expect((await last).answer).toMatchObject({ text: '', isComplete: true });
});

test('logs are accepted only for a job in progress, from an allowed caller, and in pieces of 64 KiB', async () => {
  const { server, jobId } = await serveJob();
  const worker = await createKey(server.url, 'worker', ['codepipeline:*', 'millrace:PutJobLog']);
  const reader = await createKey(server.url, 'reader', ['codepipeline:*', 'millrace:GetJobLog']);
  const put = (text: string, keys = worker) => callOwn(server.url, 'PutJobLog', { jobId, text }, keys);
  expect((await put('mine')).status).toBe(200);
  expect((await put('ü'.repeat(32 * 1024))).status).toBe(200);
  const refusals = [
    [await put('x', reader), 'AccessDeniedException'],
    [await put('x'.repeat(64 * 1024 + 1)), 'ValidationException'],
    [await put('a\0b'), 'ValidationException'],
    [await callOwn(server.url, 'PutJobLog', { jobId, text: 'x', offset: -1 }, worker), 'ValidationException'],
    [await callOwn(server.url, 'PutJobLog', { jobId: 'nope', text: 'x' }, worker), 'JobNotFoundException'],
  ] as const;
  for (const [{ status, answer }, code] of refusals) expect([status, answer]).toMatchObject([400, { __type: code }]);
  await server.codePipeline().send(new PutJobFailureResultCommand({ jobId, failureDetails }));
  expect((await put('late')).answer).toMatchObject({ __type: 'InvalidJobStateException' });
});

test('millrace logs prints the log of a job, or of an action with all its continuations', async () => {
  const { server, jobId, executionId } = await serveJob();
  const client = server.codePipeline();
  await callOwn(server.url, 'PutJobLog', { jobId, text: 'first\nno newline' });
  const flags = ['--data', server.folder];
  expect((await runMillrace('logs', jobId, ...flags)).printed).toEqual(['first', 'no newline']);
  const followed = runMillrace('logs', jobId, '--follow', ...flags);
  await client.send(new PutJobSuccessResultCommand({ jobId, continuationToken: 'more' }));
  server.clock.advance(1000);
  const next = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: next.id, nonce: next.nonce }));
  await callOwn(server.url, 'PutJobLog', { jobId: next.id, text: 'second\n' });
  await client.send(new PutJobFailureResultCommand({ jobId: next.id, failureDetails }));
  const all = ['first', 'no newline', 'second'];
  expect((await followed).printed).toEqual(all);
  const place = `${pipelineName}/${executionId}/JenkinsTestAction`;
  expect((await runMillrace('logs', place, ...flags)).printed).toEqual(all);
});

test('the worker command sends what its command prints', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  process.env.AWS_ACCESS_KEY_ID = rootKey.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = rootKey.secretAccessKey;
  onTestFinished(() => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
  });
  const command = ['/bin/sh', '-c', 'echo out; echo err >&2; echo report > $MILLRACE_OUTPUT_TESTREPORT/report.txt'];
  const options = {
    category: 'Test',
    provider: 'JenkinsProviderName',
    version: '1',
    concurrency: 1,
    archiveLimits: defaultArchiveLimits,
  } as const;
  const worker = await runWorkerCommand(
    { ...options, query: { ProjectName: 'JenkinsTestProject' }, endpoint: server.url, region, command },
    pino({ level: 'silent' }),
    createPutLog(server.url, region),
  );
  onTestFinished(() => worker.stop());
  await waitForStatus(client, executionId, 'Succeeded');
  const place = `${pipelineName}/${executionId}/JenkinsTestAction`;
  const { printed } = await runMillrace('logs', place, '--data', server.folder);
  expect(printed.sort()).toEqual(['err', 'out']);
});
