import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { pipelineName, threeStages } from '../support/pipelines/scenario.ts';
import { awsCli } from '../support/requests/aws-cli.ts';
import { account, type Keys, rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

interface PolledJobs {
  jobs: { id: string; nonce: string; data: JobData }[];
}
interface JobData {
  artifactCredentials: Keys;
  inputArtifacts: Artifact[];
  outputArtifacts: Artifact[];
}
interface Artifact {
  location: { s3Location: { bucketName: string; objectKey: string } };
}

const typeArgs = ['--category', 'Test', '--provider', 'JenkinsProviderName'];
const pollArgs = [
  '--action-type-id',
  'category=Test,owner=Custom,provider=JenkinsProviderName,version=1',
  '--query-param',
  'ProjectName=JenkinsTestProject',
];

function s3Uri({ location: { s3Location } }: Artifact): string {
  return `s3://${s3Location.bucketName}/${s3Location.objectKey}`;
}

async function prepare() {
  const folder = await temporaryFolder();
  const server = await startProcess(join(folder, 'data'));
  const aws = awsCli(server.url, folder, rootKey);
  const source = join(folder, 'app.zip');
  await writeFile(source, 'the source');
  for (const bucket of ['my-source', 'my-artifacts', 'my-releases']) await aws.call(['s3', 'mb', `s3://${bucket}`]);
  await aws.json(
    's3api',
    'put-bucket-versioning',
    '--bucket',
    'my-source',
    '--versioning-configuration',
    'Status=Enabled',
  );
  await aws.call(['s3', 'cp', source, 's3://my-source/app.zip']);
  await aws.json(
    'codepipeline',
    'create-custom-action-type',
    ...typeArgs,
    '--action-version',
    '1',
    '--input-artifact-details',
    'minimumCount=0,maximumCount=5',
    '--output-artifact-details',
    'minimumCount=0,maximumCount=5',
    '--configuration-properties',
    'name=ProjectName,required=true,key=true,secret=false,queryable=true',
  );
  const declaration = join(folder, 'pipeline.json');
  await writeFile(declaration, JSON.stringify({ pipeline: threeStages() }));
  await aws.json('codepipeline', 'create-pipeline', '--cli-input-json', `file://${declaration}`);
  return { folder, server, aws };
}

test('the AWS CLI performs a whole job: poll, acknowledge, fetch, store, report, deploy', async () => {
  const { folder, server, aws } = await prepare();
  const { jobs } = await vi.waitFor(
    async () => {
      const polled = await aws.json<PolledJobs>('codepipeline', 'poll-for-jobs', ...pollArgs);
      expect(polled.jobs).toHaveLength(1);
      return polled;
    },
    { timeout: 20_000 },
  );
  const [job] = jobs;
  if (!job) throw new Error('there is no job');
  const [input, output] = [job.data.inputArtifacts[0], job.data.outputArtifacts[0]];
  if (!input || !output) throw new Error('the job has no artifacts');
  expect(await aws.json('codepipeline', 'acknowledge-job', '--job-id', job.id, '--nonce', job.nonce)).toEqual({
    status: 'InProgress',
  });
  expect(await aws.refusal('codepipeline', 'acknowledge-job', '--job-id', job.id, '--nonce', '99')).toContain(
    '(InvalidNonceException)',
  );

  const worker = awsCli(server.url, folder, job.data.artifactCredentials);
  const fetched = join(folder, 'fetched.zip');
  expect(
    (
      await worker.call([
        's3api',
        'get-object',
        '--bucket',
        input.location.s3Location.bucketName,
        '--key',
        input.location.s3Location.objectKey,
        fetched,
      ])
    ).code,
  ).toBe(0);
  expect(await readFile(fetched, 'utf8')).toBe('the source');
  const report = join(folder, 'report.txt');
  await writeFile(report, 'all green');
  expect(await worker.call(['s3', 'cp', report, s3Uri(output), '--sse', 'aws:kms'])).toMatchObject({ code: 0 });
  expect(await worker.refusal('s3', 'cp', report, s3Uri(input))).toContain('AccessDenied');
  expect(await worker.refusal('codepipeline', 'list-pipelines')).toContain('(AccessDeniedException)');
  expect(await worker.json('sts', 'get-caller-identity')).toMatchObject({
    Account: account,
    Arn: expect.stringContaining(':assumed-role/'),
  });

  await aws.json(
    'codepipeline',
    'put-job-success-result',
    '--job-id',
    job.id,
    '--execution-details',
    'summary=Finished,externalExecutionId=12,percentComplete=100',
  );
  await vi.waitFor(
    async () => {
      const listed = await aws.json('codepipeline', 'list-pipeline-executions', '--pipeline-name', pipelineName);
      expect(listed).toMatchObject({ pipelineExecutionSummaries: [{ status: 'Succeeded' }] });
    },
    { timeout: 20_000 },
  );
  const deployed = join(folder, 'deployed.txt');
  await aws.call(['s3', 'cp', 's3://my-releases/report.txt', deployed]);
  expect(await readFile(deployed, 'utf8')).toBe('all green');
  const state = await aws.json('codepipeline', 'get-pipeline-state', '--name', pipelineName);
  expect(JSON.stringify(state)).toContain('"summary":"Finished"');
});

test('invalid input from the AWS CLI gets a clear error', async () => {
  const { aws } = await prepare();
  const job = '11111111-2222-3333-4444-555555555555';
  const wrongType = ['--action-type-id', 'category=Test,owner=Custom,provider=Nobody,version=1'];
  expect(await aws.refusal('codepipeline', 'get-pipeline', '--name', 'fake-pipeline')).toContain(
    "does not have a pipeline with name 'fake-pipeline'",
  );
  expect(await aws.refusal('codepipeline', 'poll-for-jobs', ...wrongType)).toContain('(ActionTypeNotFoundException)');
  expect(await aws.refusal('codepipeline', 'put-job-success-result', '--job-id', job)).toContain(
    '(JobNotFoundException)',
  );
  expect(await aws.refusal('codepipeline', 'start-pipeline-execution', '--name', 'fake-pipeline')).toContain(
    '(PipelineNotFoundException)',
  );
  expect(await aws.json('codepipeline', 'list-webhooks')).toEqual({ webhooks: [] });
});

test('large files are uploaded in parts, listed, copied, downloaded and removed', async () => {
  const { aws, folder } = await prepare();
  const large = join(folder, 'large.bin');
  const bytes = Buffer.alloc(20 * 1024 * 1024, 'millrace ');
  await writeFile(large, bytes);
  expect(await aws.call(['s3', 'cp', large, 's3://my-releases/a folder/large+1.bin'])).toMatchObject({ code: 0 });
  expect((await aws.call(['s3', 'ls', 's3://my-releases/a folder/'])).stdout).toContain(`${bytes.length} large+1.bin`);
  await aws.call(['s3', 'cp', 's3://my-releases/a folder/large+1.bin', 's3://my-releases/copy.bin']);
  await aws.call(['s3', 'cp', 's3://my-releases/copy.bin', join(folder, 'back.bin')]);
  expect((await readFile(join(folder, 'back.bin'))).equals(bytes)).toBe(true);
  expect(await aws.call(['s3', 'rm', '--recursive', 's3://my-releases'])).toMatchObject({ code: 0 });
  expect((await aws.call(['s3', 'ls', 's3://my-releases'])).stdout).toBe('');
});
