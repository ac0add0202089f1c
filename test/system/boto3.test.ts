import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientEnvironment, runProgram } from '../support/aws-cli.ts';
import { startStory, threeStages } from '../support/scenario.ts';
import { clientConfig, rootKey } from '../support/server.ts';
import { startProcess, temporaryFolder } from '../support/server-process.ts';
import { createPartnerClient, partnerAction, registerPartner } from '../support/third-party.ts';

const worker = fileURLToPath(new URL('boto3-worker.py', import.meta.url));
const partner = fileURLToPath(new URL('boto3-partner.py', import.meta.url));

async function serveProcess() {
  const folder = await temporaryFolder();
  const { url } = await startProcess(join(folder, 'data'));
  return { folder, url, client: new CodePipelineClient(clientConfig(url)), s3: new S3Client(clientConfig(url)) };
}

test('a job worker written with boto3 does a job from the poll to the end of the execution', async () => {
  const { folder, url, client, s3 } = await serveProcess();
  await startStory(client, s3);
  const printed = await runProgram('/usr/bin/python3', [worker, url], clientEnvironment(folder, rootKey));
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(printed.stdout)).toEqual({
    status: 'InProgress',
    source: 'the source',
    execution: 'Succeeded',
  });
});

test('a partner’s worker written with boto3 does a job with a continuation (clients §4)', async () => {
  const { folder, url, client, s3 } = await serveProcess();
  await registerPartner(url);
  const { clientId, clientToken } = await createPartnerClient(url);
  await startStory(client, s3, threeStages(partnerAction));
  const tokens = JSON.stringify({ [clientId]: clientToken });
  const printed = await runProgram('/usr/bin/python3', [partner, url, tokens], clientEnvironment(folder, rootKey));
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(printed.stdout)).toEqual({ status: 'InProgress', token: 'half', error: 'two tests are red' });
});
