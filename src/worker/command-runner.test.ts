import { createReadStream, createWriteStream, existsSync, readFileSync, watch } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Artifact, Job, JobData } from '../contract/generated.ts';
import { defaultArchiveLimits } from './archive-limits.ts';
import type { ArtifactTransfer } from './artifact-transfer.ts';
import { type CommandRunnerOptions, createCommandRunner } from './command-runner.ts';
import { printOutput } from './output-sink.ts';
import { packFolder } from './pack-folder.ts';
import { unpackZip } from './unpack-zip.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const shell = (script: string) => ['/bin/sh', '-c', script];

let root: string;
let store: string;
let workRoot: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-command-test-'));
  store = join(root, 'store');
  workRoot = join(root, 'work');
  for (const folder of [store, workRoot]) await mkdir(folder);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Keeps objects as files, one per key. */
function folderTransfer(): ArtifactTransfer {
  return {
    download: ({ objectKey }, file) => copyFile(join(store, objectKey), file),
    open: ({ objectKey }) => createReadStream(join(store, objectKey)),
    upload: ({ objectKey }, body) => pipeline(body, createWriteStream(join(store, objectKey))),
    close: () => undefined,
  };
}

function artifact(name: string, objectKey = name): Artifact {
  return { name, location: { type: 'S3', s3Location: { bucketName: 'b', objectKey } } };
}

function jobOf(data: JobData = {}): Job {
  return { id: '0a1b2c3d-0000-4000-8000-000000000000', nonce: '3', data };
}

async function storeZip(key: string, files: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(root, 'zip-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await pipeline(await packFolder(folder), createWriteStream(join(store, key)));
}

function runnerOf(
  command: string[],
  environment: NodeJS.ProcessEnv = { PATH: process.env.PATH },
  options: Partial<CommandRunnerOptions> = {},
) {
  const written: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const run = createCommandRunner({
    command,
    environment,
    log: silent,
    openTransfer: folderTransfer,
    openOutput: printOutput({ stdout: sink, stderr: sink }),
    archiveLimits: defaultArchiveLimits,
    workRoot,
    now: () => 0,
    ...options,
  });
  return { run, output: () => written.join('') };
}

const signal = new AbortController().signal;

describe('a command that ends with 0', () => {
  it('gets its artifacts, and its outputs and variables are kept', async () => {
    await storeZip('in.zip', { 'greeting.txt': 'hello' });
    await writeFile(join(store, 'tool.bin'), 'plain');
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
    await unpackZip(join(store, 'app.zip'), { folder: join(root, 'zip-unpacked'), limits: defaultArchiveLimits });
    expect(readFileSync(join(root, 'zip-unpacked/copied'), 'utf8')).toBe('plain');
    expect(readFileSync(join(root, 'zip-unpacked/greeting.txt'), 'utf8')).toBe('hello');
    expect(await readdir(workRoot)).toEqual([]);
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

  it('fails when it left nothing for an output artifact', async () => {
    const { run } = runnerOf(shell('exit 0'));
    const failing = run(jobOf({ outputArtifacts: [artifact('App')] }), signal);
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /output artifact App/ });
  });

  it('fails when its variables cannot be read', async () => {
    const { run } = runnerOf(shell('echo "A=1\nno variable" > "$MILLRACE_OUTPUT_VARIABLES"'));
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'ConfigurationError', message: /line 2/ });
  });

  it('stores what patterns choose below the folder it ran in, and says so when they choose nothing', async () => {
    await storeZip('in.zip', { 'package.json': '{}' });
    const outputs = { Site: ['public'], Reports: ['reports/**/*.xml', 'package.json'], Missing: ['*.jar'] };
    const script =
      'mkdir -p public reports/a; echo hi > public/index.html; echo x > reports/a/1.xml; ln -s .. reports/b';
    const { run } = runnerOf(shell(`${script}; rm reports/b; echo no > reports/1.txt`), undefined, { outputs });
    const inputArtifacts = [artifact('Source', 'in.zip')];
    await run(jobOf({ inputArtifacts, outputArtifacts: [artifact('Site'), artifact('Reports')] }), signal);
    const filesOf = async (name: string) => {
      await unpackZip(join(store, name), { folder: join(root, name), limits: defaultArchiveLimits });
      return (await readdir(join(root, name), { recursive: true })).sort();
    };
    expect(await filesOf('Site')).toEqual(['index.html']);
    expect(await filesOf('Reports')).toEqual(['package.json', 'reports', 'reports/a', 'reports/a/1.xml']);
    const missing = run(jobOf({ inputArtifacts, outputArtifacts: [artifact('Missing')] }), signal);
    await expect(missing).rejects.toMatchObject({ message: 'Output artifact Missing: nothing matches *.jar.' });
  });

  it('tells its own summary and the id of what it started', async () => {
    const { run } = runnerOf(
      shell('printf "summary=42 tests\\nexternalExecutionId=run-7\\n" > $MILLRACE_EXECUTION_DETAILS'),
    );
    expect(await run(jobOf(), signal)).toMatchObject({
      executionDetails: { summary: '42 tests', externalExecutionId: 'run-7', percentComplete: 100 },
    });
  });

  it.each([
    ['percentComplete=101', /takes summary/],
    ['sumary=x', /takes summary/],
  ])('fails when it says %s of itself', async (line, message) => {
    const { run } = runnerOf(shell(`echo ${line} > $MILLRACE_EXECUTION_DETAILS`));
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'ConfigurationError', message });
  });

  it('fails when its variables are larger than the 122,880 bytes an action may have (behaviour A.6)', async () => {
    const variable = (bytes: number) =>
      shell(`{ printf A=; head -c ${bytes} /dev/zero | tr '\\0' x; } > $MILLRACE_OUTPUT_VARIABLES`);
    expect(await runnerOf(variable(122_879)).run(jobOf(), signal)).toMatchObject({ status: 'Succeeded' });
    const failing = runnerOf(variable(122_880)).run(jobOf(), signal);
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /122881 bytes/ });
  });

  it('is not kept waiting by what it left behind', async () => {
    const { run } = runnerOf(shell('sleep 60 & echo started'));
    expect(await run(jobOf(), signal)).toMatchObject({ status: 'Succeeded' });
  });
});

describe('a command that fails', () => {
  it('tells its exit code and the last lines of its output', async () => {
    const { run, output } = runnerOf(shell('i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo "line $i"; done; exit 3'));
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 31}`).join('\n');
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'JobFailed', message: `Exit code 3\n${lines}` });
    expect(output()).toContain('[0a1b2c3d] line 1\n');
    expect(await readdir(workRoot)).toEqual([]);
  });

  it.each([
    [69, 'SystemUnavailable'],
    [77, 'PermissionError'],
    [78, 'ConfigurationError'],
    [1, 'JobFailed'],
  ])('with exit code %d is a failure of type %s', async (code, type) => {
    await expect(runnerOf(shell(`exit ${code}`)).run(jobOf(), signal)).rejects.toMatchObject({ type });
  });

  it('tells the signal that ended it', async () => {
    const { run } = runnerOf(shell('echo last words >&2; kill -9 $$'));
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ message: 'Ended by signal SIGKILL\nlast words' });
  });

  it('keeps the message short whatever it prints', async () => {
    const { run } = runnerOf([
      process.execPath,
      '-e',
      "process.stdout.write('y'.repeat(500_000)); process.exitCode = 1",
    ]);
    const failure = await run(jobOf(), signal).catch((error: Error) => error);
    expect(failure).toMatchObject({ message: `Exit code 1\n${'y'.repeat(4000)}` });
  });

  it('says when it cannot be started', async () => {
    const { run } = runnerOf(['/no/such/command']);
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'ConfigurationError', message: /ENOENT/ });
  });
});

it('keeps outputs apart from an input artifact that is called out', async () => {
  await storeZip('in.zip', { App: 'input' });
  const { run } = runnerOf(shell('cat App > "$MILLRACE_OUTPUT_APP/file"'));
  const data = { inputArtifacts: [artifact('out', 'in.zip')], outputArtifacts: [artifact('App', 'app.zip')] };
  expect(await run(jobOf(data), signal)).toMatchObject({ status: 'Succeeded' });
});

it.each(['../evil', '', 'a/b', '.'])('refuses an artifact called "%s"', async (name) => {
  const { run } = runnerOf(shell('exit 0'));
  const failing = run(jobOf({ inputArtifacts: [artifact(name)] }), signal);
  await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError' });
});

it('ends the whole process group when the job is aborted', async () => {
  const pidFile = join(root, 'pids');
  const seen = new Promise<void>((resolve) => {
    const watcher = watch(root, () => {
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
  expect(pids.filter(isAlive)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended but was not yet collected by its parent still has its number.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('a command that ends with 75', () => {
  it('is continued with the token it wrote, and its outputs are not stored yet', async () => {
    const { run } = runnerOf(shell('echo "after $MILLRACE_CONTINUATION_TOKEN" > $MILLRACE_CONTINUATION_FILE; exit 75'));
    const job = jobOf({ continuationToken: 'step-1', outputArtifacts: [artifact('App')] });
    const executionDetails = { externalExecutionId: job.id };
    const continuationToken = 'after step-1';
    expect(await run(job, signal)).toEqual({ status: 'Succeeded', continuationToken, executionDetails });
    expect(await readdir(store)).toEqual([]);
  });

  it('fails without a token', async () => {
    const failing = runnerOf(shell('exit 75')).run(jobOf(), signal);
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /MILLRACE_CONTINUATION_FILE/ });
  });
});

it('shows secrets neither in the output nor in the message of the failure', async () => {
  const environment = { PATH: process.env.PATH, AWS_SECRET_ACCESS_KEY: 'worker-secret-key' };
  const secretProperties = async () => ['Token', 'Key', 'Absent'];
  const script = 'echo "$MILLRACE_CONFIG_TOKEN $MILLRACE_CONFIG_NAME"; echo "$MILLRACE_CONFIG_KEY" >&2; exit 1';
  const { run, output } = runnerOf(shell(script), environment, { secretProperties });
  const configuration = { Token: 'hunter22', Key: 'first line\nhunter22 second', Name: 'public' };
  const failure = await run(jobOf({ actionConfiguration: { configuration } }), signal).catch((error: Error) => error);
  for (const text of [output(), (failure as Error).message]) {
    expect(text).toContain('*** public');
    expect(text).not.toMatch(/hunter22|first line|second/);
  }
});
