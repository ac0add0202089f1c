import { existsSync, readFileSync, watch } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  artifact,
  clearScene,
  jobOf,
  prepareScene,
  runnerOf,
  scene,
  shell,
  storeZip,
} from '../../../test/support/workers/command-harness.ts';
import { defaultArchiveLimits } from '../archives/archive-limits.ts';
import { unpackZip } from '../archives/unpack-zip.ts';

beforeEach(prepareScene);
afterEach(clearScene);

const signal = new AbortController().signal;

describe('a command that ends with 0', () => {
  it('gets its artifacts, and its outputs and variables are stored', async () => {
    await storeZip('in.zip', { 'greeting.txt': 'hello' });
    await writeFile(join(scene.store, 'tool.bin'), 'plain');
    const { run, output } = runnerOf(
      shell(`
        cat greeting.txt
        cat "$MILLRACE_INPUT_EXTRA_TOOL/tool.bin" > "$MILLRACE_OUTPUT_APP/copied"
        cp greeting.txt "$MILLRACE_WORK/out/App/"
        echo "Version=1.2=3" >> "$MILLRACE_OUTPUT_VARIABLES"
      `),
    );
    const data = {
      inputArtifacts: [artifact('Source', 'in.zip'), artifact('extra-tool', 'tool.bin')],
      outputArtifacts: [artifact('App', 'app.zip')],
    };
    expect(await run(jobOf(data), signal)).toEqual({
      status: 'Succeeded',
      executionDetails: {
        summary: 'Exit code 0 after 0 s',
        percentComplete: 100,
        externalExecutionId: '0a1b2c3d-0000-4000-8000-000000000000',
      },
      outputVariables: { Version: '1.2=3' },
    });
    expect(output()).toBe('[0a1b2c3d] hello\n');
    await unpackZip(join(scene.store, 'app.zip'), {
      folder: join(scene.root, 'zip-unpacked'),
      limits: defaultArchiveLimits,
    });
    expect(readFileSync(join(scene.root, 'zip-unpacked/copied'), 'utf8')).toBe('plain');
    expect(readFileSync(join(scene.root, 'zip-unpacked/greeting.txt'), 'utf8')).toBe('hello');
    expect(await readdir(scene.workRoot)).toEqual([]);
  });

  it('sees the job in its environment, and no credentials', async () => {
    const { run, output } = runnerOf(shell('env | sort'), {
      PATH: process.env.PATH,
      HOME: '/home/worker',
      AWS_ACCESS_KEY_ID: 'AKIDWORKER',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_PROFILE: 'worker',
      MILLRACE_CONFIG_LEFT_OVER: 'x',
    });
    await run(
      jobOf({
        actionConfiguration: { configuration: { 'Project-Name': 'web', project_name: 'second' } },
        artifactCredentials: { accessKeyId: 'ASIAJOB', secretAccessKey: 's', sessionToken: 't' },
        continuationToken: 'token-1',
        pipelineContext: { pipelineName: 'site', stage: { name: 'Build' }, action: { name: 'make' } },
      }),
      signal,
    );
    const environment = output().replaceAll('[0a1b2c3d] ', '').split('\n');
    expect(environment).toEqual(
      expect.arrayContaining([
        'HOME=/home/worker',
        'MILLRACE_ACTION_NAME=make',
        'MILLRACE_CONFIG_PROJECT_NAME=web',
        'MILLRACE_CONTINUATION_TOKEN=token-1',
        'MILLRACE_JOB_ID=0a1b2c3d-0000-4000-8000-000000000000',
        'MILLRACE_PIPELINE_NAME=site',
        'MILLRACE_STAGE_NAME=Build',
      ]),
    );
    expect(output()).not.toMatch(/AWS_|ASIAJOB|LEFT_OVER/);
  });

  it('shows no secret in its output, across chunks of any size, nor in its execution details', async () => {
    const secret = 'correct horse/battery';
    const script = `
      printf %016380d 0; printf 'correct '; sleep 0.1; printf 'horse/battery'; echo; printf 'correct horse' >&2
      echo "summary=$MILLRACE_CONFIG_TOKEN" >> "$MILLRACE_EXECUTION_DETAILS"
      echo "externalExecutionId=run-$MILLRACE_CONFIG_TOKEN" >> "$MILLRACE_EXECUTION_DETAILS"`;
    const { run, output } = runnerOf(shell(script), undefined, { secretProperties: async () => ['Token'] });
    const outcome = await run(jobOf({ actionConfiguration: { configuration: { Token: secret } } }), signal);
    expect(outcome).toMatchObject({ executionDetails: { summary: '***', externalExecutionId: 'run-***' } });
    expect(output()).toMatch(/0\*\*\*\n/);
    expect(output()).toContain('correct horse\n');
    expect(output().replace('correct horse\n', '')).not.toContain('horse');
  });

  it('fails without showing the secret in invalid execution details', async () => {
    const { run } = runnerOf(
      shell('echo "progress=$MILLRACE_CONFIG_TOKEN" > "$MILLRACE_EXECUTION_DETAILS"'),
      undefined,
      {
        secretProperties: async () => ['Token'],
      },
    );
    const failing = run(jobOf({ actionConfiguration: { configuration: { Token: 'hunter2' } } }), signal);
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('has progress=***;') });
  });

  it('fails if it left nothing for an output artifact', async () => {
    const { run } = runnerOf(shell('exit 0'));
    const failing = run(jobOf({ outputArtifacts: [artifact('App')] }), signal);
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /output artifact App/ });
  });

  it('fails if its variables cannot be parsed', async () => {
    const { run } = runnerOf(shell('echo "A=1\nno variable" > "$MILLRACE_OUTPUT_VARIABLES"'));
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'ConfigurationError', message: /line 2/ });
  });

  it('does not wait for processes it left behind', async () => {
    const { run } = runnerOf(shell('sleep 60 & echo started'));
    expect(await run(jobOf(), signal)).toMatchObject({ status: 'Succeeded' });
  });
});

describe('a command that fails', () => {
  it('reports its exit code and the last lines of its output', async () => {
    const { run, output } = runnerOf(shell('i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo "line $i"; done; exit 3'));
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 31}`).join('\n');
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'JobFailed', message: `Exit code 3\n${lines}` });
    expect(output()).toContain('[0a1b2c3d] line 1\n');
    expect(await readdir(scene.workRoot)).toEqual([]);
  });

  it('reports the signal that ended it', async () => {
    const { run } = runnerOf(shell('echo last words >&2; kill -9 $$'));
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ message: 'Ended by signal SIGKILL\nlast words' });
  });

  it('keeps the message short, whatever it prints', async () => {
    const { run } = runnerOf([
      process.execPath,
      '-e',
      "process.stdout.write('y'.repeat(500_000)); process.exitCode = 1",
    ]);
    const failure = await run(jobOf(), signal).catch((error: Error) => error);
    expect(failure).toMatchObject({ message: `Exit code 1\n${'y'.repeat(4000)}` });
  });

  it('reports that it cannot be started', async () => {
    const { run } = runnerOf(['/no/such/command']);
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'ConfigurationError', message: /ENOENT/ });
  });
});

it('separates outputs from an input artifact called out', async () => {
  await storeZip('in.zip', { App: 'input' });
  const { run } = runnerOf(shell('cat App > "$MILLRACE_OUTPUT_APP/file"'));
  const data = { inputArtifacts: [artifact('out', 'in.zip')], outputArtifacts: [artifact('App', 'app.zip')] };
  expect(await run(jobOf(data), signal)).toMatchObject({ status: 'Succeeded' });
});

it.each(['../evil', '', 'a/b', '.'])('rejects an artifact called "%s"', async (name) => {
  const { run } = runnerOf(shell('exit 0'));
  const failing = run(jobOf({ inputArtifacts: [artifact(name)] }), signal);
  await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError' });
});

it('ends the whole process group when the job is aborted', async () => {
  const pidFile = join(scene.root, 'pids');
  const seen = new Promise<void>((resolve) => {
    const watcher = watch(scene.root, () => {
      if (!existsSync(pidFile) || !readFileSync(pidFile, 'utf8').endsWith('ready\n')) return;
      watcher.close();
      resolve();
    });
  });
  const { run } = runnerOf(shell(`sleep 60 & printf '%s %s ready\\n' $$ $! > ${pidFile}; wait`));
  const abort = new AbortController();
  const running = run(jobOf(), abort.signal);
  await seen;
  abort.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
  const pids = readFileSync(pidFile, 'utf8').split(' ').slice(0, 2).map(Number);
  expect(pids).toHaveLength(2);
  // All were killed at the same time; those the runner did not start disappear a moment later.
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // An ended process that its parent has not yet waited for still has its number.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
