import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AcknowledgeJobCommand,
  CodePipelineClient,
  PutJobFailureResultCommand,
  PutWebhookCommand,
} from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  pipelineName,
  pollOne,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { callRaw } from '../support/requests/signed-request.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const planted = 'planted-secret-8f3a';

async function readEverything(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return texts.join('\n');
}

test('secret configuration values and webhook tokens are in no file of the data folder and in no log line', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder, ['--log-level', 'trace']);
  const client = new CodePipelineClient(clientConfig(server.url));
  const action = { ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Token: planted } };
  const executionId = await startStory(client, new S3Client(clientConfig(server.url)), threeStages(action));
  const job = await pollOne(client);
  const hook = {
    name: 'hook',
    targetPipeline: pipelineName,
    targetAction: 'Source',
    filters: [{ jsonPath: '$.ref' }],
    authentication: 'GITHUB_HMAC' as const,
    authenticationConfiguration: { SecretToken: planted },
  };
  await client.send(new PutWebhookCommand({ webhook: hook }));
  expect(job.data.actionConfiguration?.configuration?.Token).toBe(planted);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }));
  await waitForStatus(client, executionId, 'Failed');

  // The error of a rejected declaration must not repeat the secret either.
  const broken = { ...threeStages(action), stages: [{ name: 'Only', actions: [action] }] };
  const refused = await callRaw(server.url, 'CreatePipeline', JSON.stringify({ pipeline: broken }));
  expect(refused.status).toBe(400);
  expect(refused.body).not.toContain(planted);

  const everything = await readEverything(folder);
  // Proves the search: values that are not secret are found.
  expect(everything).toContain('JenkinsTestProject');
  expect(everything).not.toContain(planted);
  expect(await server.end('SIGTERM')).toBe(0);
  expect(server.log()).not.toContain(planted);
});
