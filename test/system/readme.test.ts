import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { awsCli, runProgram } from '../support/requests/aws-cli.ts';
import { rootKey, rootKeyEnvironment } from '../support/requests/client-config.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the first fenced block of a language under a heading of the README. */
function blockOf(readme: string, heading: string, language: string): string {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(section)?.[1];
  if (block === undefined) throw new Error(`the README has no ${language} block under ${heading}`);
  return block;
}

test("the README's calls work as printed, and its worker finishes the execution", async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const server = await startProcess(data);
  // Debian's client is first on the path; the data folder is set as a reader would set another one.
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    MILLRACE_DATA: data,
    ...rootKeyEnvironment,
    AWS_EC2_METADATA_DISABLED: 'true',
  };

  const script = `cd '${root}'\n${blockOf(readme, 'Use it with the AWS CLI', 'sh')}`;
  const printed = await runProgram('/bin/bash', ['-e', '-o', 'pipefail', '-c', script], env);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(printed.stdout).toContain('"nonce": "3"');

  // The polled job is offered again when its lease ends after 30 s, so the worker needs little more than that.
  const [command = ''] = blockOf(readme, 'Run a worker', 'console').split('\n');
  const workerScript = `cd '${root}'\neval "$(bin/millrace env)"\nexec ${command.replace(/^\$ /, '')}`;
  const worker = spawn('/bin/bash', ['-c', workerScript], { env, stdio: 'ignore' });
  const exited = once(worker, 'exit');
  onTestFinished(async () => {
    worker.kill('SIGTERM');
    await exited;
  });
  const aws = awsCli(server.url, folder, rootKey);
  await vi.waitFor(
    async () => {
      const listed = await aws.json('codepipeline', 'list-pipeline-executions', '--pipeline-name', 'price-list');
      expect(listed).toMatchObject({ pipelineExecutionSummaries: [{ status: 'Succeeded' }] });
    },
    { timeout: 90_000, interval: 1000 },
  );
  expect((await aws.call(['s3', 'ls', '--recursive', 's3://price-list-releases/'])).stdout).not.toBe('');
}, 180_000);
