import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientEnvironment, runProgram } from '../support/aws-cli.ts';
import { startStory } from '../support/scenario.ts';
import { clientConfig, rootKey } from '../support/server.ts';
import { startProcess, temporaryFolder } from '../support/server-process.ts';

const worker = fileURLToPath(new URL('boto3-worker.py', import.meta.url));

test('a job worker written with boto3 does a job from the poll to the end of the execution', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(join(folder, 'data'));
  await startStory(new CodePipelineClient(clientConfig(server.url)), new S3Client(clientConfig(server.url)));
  const printed = await runProgram('/usr/bin/python3', [worker, server.url], clientEnvironment(folder, rootKey));
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(printed.stdout)).toEqual({
    status: 'InProgress',
    source: 'the source',
    execution: 'Succeeded',
  });
});
