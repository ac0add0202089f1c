import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { startStory, threeStages } from '../support/pipelines/scenario.ts';
import { createPartnerClient, partnerAction, registerPartner } from '../support/pipelines/third-party.ts';
import { clientEnvironment, runProgram } from '../support/requests/aws-cli.ts';
import { clientConfig, rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const partner = fileURLToPath(new URL('boto3-partner.py', import.meta.url));

test('a partner’s worker written with boto3 performs a job with a continuation', async () => {
  const folder = await temporaryFolder();
  const { url } = await startProcess(join(folder, 'data'));
  await registerPartner(url);
  const { clientId, clientToken } = await createPartnerClient(url);
  const [client, s3] = [new CodePipelineClient(clientConfig(url)), new S3Client(clientConfig(url))];
  await startStory(client, s3, threeStages(partnerAction));
  const tokens = JSON.stringify({ [clientId]: clientToken });
  const printed = await runProgram('/usr/bin/python3', [partner, url, tokens], clientEnvironment(folder, rootKey));
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(printed.stdout)).toEqual({ status: 'InProgress', token: 'half', error: 'two tests are red' });
});
