import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
} from '@aws-sdk/client-codepipeline';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { clientConfig, region, rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { docBlock, runDocBlock } from './doc-block.ts';

const newerCli = fileURLToPath(new URL('./newer-aws-cli.mjs', import.meta.url));

// Debian's AWS CLI supports neither AWS_ENDPOINT_URL nor V2 pipelines.
const awsFunction = `aws() {
  case "$1 $2" in
    'codepipeline create-pipeline' | 'codepipeline rollback-stage') shift; '${process.execPath}' '${newerCli}' "$@" ;;
    *) command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@" ;;
  esac
}`;

test('docs/daily-work.md: the commands from the upload to the rollback work as printed', async () => {
  const folder = await temporaryFolder();
  await symlink(fileURLToPath(new URL('../../examples', import.meta.url)), join(folder, 'examples'));
  const server = await startProcess(join(folder, 'data'));
  const client = new CodePipelineClient(clientConfig(server.url));
  const env = {
    HOME: folder,
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  let functions = awsFunction;
  const run = async (name: string) => {
    const block = await docBlock('daily-work.md', name);
    const printed = await runDocBlock(block, env, { before: functions, folder });
    functions += (/^\w+\(\) \{[\s\S]*?^\}$/m.exec(block)?.[0] ?? '').replace(/^/, '\n');
    return printed;
  };
  const statusOf = async (stageName: string) => {
    const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: 'release' }));
    return stageStates.find((stage) => stage.stageName === stageName)?.latestExecution;
  };
  const reached = (stageName: string, status: string, type?: string) =>
    vi.waitFor(async () => expect(await statusOf(stageName)).toMatchObject({ status, ...(type && { type }) }), {
      timeout: 20_000,
      interval: 100,
    });

  await run('set-up');
  await reached('Review', 'InProgress');
  expect(await run('see')).toMatch(/Review/);
  await run('approve');
  await reached('Deploy', 'Succeeded');
  const { Contents = [] } = await new S3Client(clientConfig(server.url)).send(
    new ListObjectsV2Command({ Bucket: 'release-site' }),
  );
  expect(Contents.map(({ Key }) => Key)).toContain('package.json');
  await run('start');
  await reached('Review', 'InProgress');
  await run('hold');
  await run('retry');
  await reached('Review', 'Failed');
  await run('retry-failed');
  await reached('Review', 'InProgress');
  await run('stop');
  await reached('Review', 'Stopped');
  await run('roll-back');
  await reached('Deploy', 'Succeeded', 'ROLLBACK');
  const { pipelineExecutionSummaries = [] } = await client.send(
    new ListPipelineExecutionsCommand({ pipelineName: 'release' }),
  );
  expect(pipelineExecutionSummaries.map(({ status }) => status).sort()).toEqual(['Stopped', 'Succeeded', 'Succeeded']);
}, 120_000);
