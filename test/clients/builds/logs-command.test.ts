import { AcknowledgeJobCommand, PutJobFailureResultCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { failingLog, serveBuild } from '../../support/logs/served-build.ts';
import { pipelineName, pollOne, startStory } from '../../support/pipelines/scenario.ts';
import { runMillrace } from '../../support/requests/command-line.ts';
import { callOwn } from '../../support/requests/own-api.ts';
import { serve } from '../../support/servers/server.ts';

test('the log of a build is printed, followed, searched, and cut down to what failed', async () => {
  const { server, put, finish, claim } = await serveBuild();
  const logs = (...args: string[]) => runMillrace('logs', ...args, '--data', server.folder);
  const followed = logs('mill:1', '-f');
  await put({ text: failingLog });
  await finish('FAILED');
  const lines = failingLog.trimEnd().split('\n');
  expect((await followed).printed).toEqual(lines);
  expect((await logs(claim.buildArn)).printed).toEqual(lines);
  expect((await logs('mill:1', '-n', '1')).printed).toEqual(lines.slice(-1));
  const failed = await logs('mill:1', '--failed');
  expect(failed.printed).toEqual(lines.slice(3, 7));
  expect(failed.complained).toEqual(['  BUILD failed, line 4, exit status 2: make']);
  expect((await logs('mill:1', '--search', 'error:')).printed).toEqual(['6: Error: no rule']);
  const none = await logs('mill:1', '--search', 'nowhere');
  expect([none.printed, none.complained]).toEqual([[], ["millrace: no line of mill:1 contains 'nowhere'."]]);
  const missing = await logs('mill:2');
  expect([missing.code, missing.complained.join('\n')]).toEqual([
    expect.any(Number),
    expect.stringContaining('There is no build or job mill:2'),
  ]);
  expect(missing.code).not.toBe(0);
  const invalid = await logs('mill:1', '-n', 'x');
  expect(invalid.complained.join('\n')).toContain('expected a number from 1');
});

test('the logs of what failed in a pipeline are printed, each under its action', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const logs = (...args: string[]) => runMillrace('logs', ...args, '--data', server.folder);
  const executionId = await startStory(client, server.s3());
  expect((await logs(pipelineName, '--failed')).complained).toEqual([
    `millrace: nothing has failed in ${pipelineName}.`,
  ]);
  const { id: jobId, nonce } = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId, nonce }));
  await callOwn(server.url, 'PutJobLog', { jobId, text: 'first\nlast\n' });
  await client.send(new PutJobFailureResultCommand({ jobId, failureDetails: { type: 'JobFailed', message: 'no' } }));
  for (const name of [
    pipelineName,
    `${pipelineName}/${executionId}`,
    `${pipelineName}/${executionId}/JenkinsTestAction`,
  ]) {
    const { printed, complained } = await logs(name, '--failed');
    expect(printed).toEqual(['first', 'last']);
    expect(complained.join()).toContain(`/JenkinsTestAction of execution ${executionId} (${jobId}):`);
  }
});
