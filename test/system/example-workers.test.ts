import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import {
  deployAction,
  pipelineName,
  prepareBuckets,
  registerJenkins,
  sourceKey,
  startAgain,
  testAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { clientEnvironment, runProgram } from '../support/requests/aws-cli.ts';
import { clientConfig, rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
/** A call of Debian's AWS CLI can take more than a second on a busy machine. */
const storyMs = 150_000;

/** The job's command: asks for a continuation, fails on a broken source, or leaves a report and a variable. */
const judge = (source: string, report: string) => `
  [ "$JOB_TOKEN" = 'second half' ] || { echo 'second half' > "$JOB_TOKEN_FILE"; echo 'half way'; exit 75; }
  case "$JOB_CONFIGURATION" in *JenkinsTestProject*) ;; *) exit 4 ;; esac
  grep -q broken ${source} && exit 3
  echo 'Name=release "7", tested' >> "$JOB_VARIABLES_FILE"
  sed 's/^/tested: /' ${source} > ${report}`;

interface Example {
  /** The program and its arguments for the jobs of the scenario. */
  worker: string[];
  command: string;
  /** Converts a text to the source object, and the released object back to text. */
  pack(folder: string, text: string): Promise<Buffer>;
  unpack(folder: string, bytes: Uint8Array): Promise<string>;
}

const inJenkinsType = ['--provider', 'JenkinsProviderName', '--query', 'ProjectName=JenkinsTestProject'];
const zip = async (...args: string[]) =>
  expect(await runProgram('/usr/bin/python3', ['-m', 'zipfile', ...args], { PATH: '/usr/bin' })).toMatchObject({
    code: 0,
  });

const pythonWorker: Example = {
  worker: ['/usr/bin/python3', join(examples, 'python-worker/worker.py'), ...inJenkinsType, '--pause-seconds', '0.2'],
  command: judge('MyAppBuild/app.txt', 'TestReport/report.txt'),
  async pack(folder, text) {
    await writeFile(join(folder, 'app.txt'), text);
    await zip('-c', join(folder, 'app.zip'), join(folder, 'app.txt'));
    return readFile(join(folder, 'app.zip'));
  },
  async unpack(folder, bytes) {
    await writeFile(join(folder, 'report.zip'), bytes);
    await zip('-e', join(folder, 'report.zip'), folder);
    return readFile(join(folder, 'report.txt'), 'utf8');
  },
};

const shellWorker: Example = {
  worker: [
    join(examples, 'shell-worker/worker.sh'),
    ...['Test', 'JenkinsProviderName', '1', 'ProjectName=JenkinsTestProject'],
  ],
  command: judge('input/MyAppBuild', 'output/TestReport'),
  pack: async (_folder, text) => Buffer.from(text),
  unpack: async (_folder, bytes) => Buffer.from(bytes).toString(),
};

async function runStory({ worker, command, pack, unpack }: Example): Promise<void> {
  const folder = await temporaryFolder();
  const server = await startProcess(join(folder, 'data'));
  const [client, s3] = [new CodePipelineClient(clientConfig(server.url)), new S3Client(clientConfig(server.url))];
  await registerJenkins(client);
  await prepareBuckets(s3, await pack(folder, 'good\n'));
  const deploy = { ...deployAction, configuration: { ...deployAction.configuration, ObjectKey: '#{Tested.Name}' } };
  const pipeline = threeStages({ ...testAction, namespace: 'Tested' }, deploy);
  await client.send(new CreatePipelineCommand({ pipeline }));
  const [program = '', ...args] = [...worker, '--', 'sh', '-c', command];
  const env = { ...clientEnvironment(folder, rootKey), AWS_ENDPOINT_URL: server.url, PAUSE_SECONDS: '0.2' };
  const running = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const exited = once(running, 'exit');
  onTestFinished(async () => {
    running.kill('SIGTERM');
    await exited;
  });
  const statusOf = async (pipelineExecutionId: string | undefined) =>
    (await client.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }))).pipelineExecution
      ?.status;
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  const first = pipelineExecutionSummaries?.[0]?.pipelineExecutionId;
  await expect.poll(() => statusOf(first), { timeout: storyMs, interval: 200 }).toBe('Succeeded');
  const released = await s3.send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'release "7", tested' }));
  const bytes = await released.Body?.transformToByteArray();
  expect(await unpack(folder, bytes ?? new Uint8Array())).toBe('tested: good\n');

  await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: sourceKey, Body: await pack(folder, 'broken\n') }));
  const second = await startAgain(client);
  await expect.poll(() => statusOf(second), { timeout: storyMs, interval: 200 }).toBe('Failed');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]?.actionStates?.[0]?.latestExecution?.errorDetails).toMatchObject({
    code: 'JobFailed',
    message: expect.stringContaining('The command ended with 3'),
  });
}

test(
  'the example worker in Python: continues, stores, sets variables, and reports a failure',
  () => runStory(pythonWorker),
  2 * storyMs,
);

test(
  'the example worker in the shell, with the AWS CLI alone: continues, stores, sets variables, and reports a failure',
  () => runStory(shellWorker),
  2 * storyMs,
);
