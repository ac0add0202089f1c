import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodePipelineClient, PollForThirdPartyJobsCommand } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { startStory, threeStages } from '../support/pipelines/scenario.ts';
import { partnerAction, partnerTypeId } from '../support/pipelines/third-party.ts';
import { rootKeyEnvironment } from '../support/requests/client-config.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { runDocBlock } from './doc-block.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the declaration and commands of third-party-actions.md work on a fresh server with any account', async () => {
  const page = await readFile(join(root, 'docs/third-party-actions.md'), 'utf8');
  const declaration = /```json\n([\s\S]*?)\n```/.exec(page)?.[1] ?? '';
  const lines = [...page.matchAll(/^bin\/millrace .*(?:register acme\.json|clients create .*)$/gm)].map(
    ([line]) => line,
  );
  expect(lines).toHaveLength(2);
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const { url } = await startProcess(data, ['--account', '987654321098']);
  await writeFile(join(folder, 'acme.json'), declaration);
  const commands = lines.join('\n').replace('acme.json', join(folder, 'acme.json'));
  const printed = await runDocBlock(commands, { HOME: folder, MILLRACE_DATA: data, ...rootKeyEnvironment });
  expect(printed).toMatch(/client/i);

  const client = new CodePipelineClient(clientConfig(url));
  await startStory(client, new S3Client(clientConfig(url)), threeStages(partnerAction));
  const poll = async () => (await client.send(new PollForThirdPartyJobsCommand({ actionTypeId: partnerTypeId }))).jobs;
  await expect.poll(poll).toHaveLength(1);
});
