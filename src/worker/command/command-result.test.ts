import { readdir } from 'node:fs/promises';
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
  it('stores the files that match patterns below its folder, and fails if nothing matches', async () => {
    await storeZip('in.zip', { 'package.json': '{}' });
    const outputs = { Site: ['public'], Reports: ['reports/**/*.xml', 'package.json'], Missing: ['*.jar'] };
    const script =
      'mkdir -p public reports/a; echo hi > public/index.html; echo x > reports/a/1.xml; ln -s .. reports/b';
    const { run } = runnerOf(shell(`${script}; rm reports/b; echo no > reports/1.txt`), undefined, { outputs });
    const inputArtifacts = [artifact('Source', 'in.zip')];
    await run(jobOf({ inputArtifacts, outputArtifacts: [artifact('Site'), artifact('Reports')] }), signal);
    const filesOf = async (name: string) => {
      await unpackZip(join(scene.store, name), { folder: join(scene.root, name), limits: defaultArchiveLimits });
      return (await readdir(join(scene.root, name), { recursive: true })).sort();
    };
    expect(await filesOf('Site')).toEqual(['index.html']);
    expect(await filesOf('Reports')).toEqual(['package.json', 'reports', 'reports/a', 'reports/a/1.xml']);
    const missing = run(jobOf({ inputArtifacts, outputArtifacts: [artifact('Missing')] }), signal);
    await expect(missing).rejects.toMatchObject({ message: 'Output artifact Missing: nothing matches *.jar.' });
  });

  it('reports its own summary and external id', async () => {
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
  ])('fails if its execution details are %s', async (line, message) => {
    const { run } = runnerOf(shell(`echo ${line} > $MILLRACE_EXECUTION_DETAILS`));
    await expect(run(jobOf(), signal)).rejects.toMatchObject({ type: 'ConfigurationError', message });
  });

  it('fails if its variables exceed the 122,880 bytes an action may have (behaviour A.6)', async () => {
    const variable = (bytes: number) =>
      shell(`{ printf A=; head -c ${bytes} /dev/zero | tr '\\0' x; } > $MILLRACE_OUTPUT_VARIABLES`);
    expect(await runnerOf(variable(122_879)).run(jobOf(), signal)).toMatchObject({ status: 'Succeeded' });
    const failing = runnerOf(variable(122_880)).run(jobOf(), signal);
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /122881 bytes/ });
  });
});

describe('a command that fails', () => {
  it.each([
    [69, 'SystemUnavailable'],
    [77, 'PermissionError'],
    [78, 'ConfigurationError'],
    [1, 'JobFailed'],
  ])('with exit code %d is a failure of type %s', async (code, type) => {
    await expect(runnerOf(shell(`exit ${code}`)).run(jobOf(), signal)).rejects.toMatchObject({ type });
  });
});

describe('a command that ends with 75', () => {
  it('is continued with the token it wrote, and no outputs are stored yet', async () => {
    const { run } = runnerOf(shell('echo "after $MILLRACE_CONTINUATION_TOKEN" > $MILLRACE_CONTINUATION_FILE; exit 75'));
    const job = jobOf({ continuationToken: 'step-1', outputArtifacts: [artifact('App')] });
    const executionDetails = { externalExecutionId: job.id };
    const continuationToken = 'after step-1';
    expect(await run(job, signal)).toEqual({ status: 'Succeeded', continuationToken, executionDetails });
    expect(await readdir(scene.store)).toEqual([]);
  });

  it('fails without a token', async () => {
    const failing = runnerOf(shell('exit 75')).run(jobOf(), signal);
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /MILLRACE_CONTINUATION_FILE/ });
  });
});

it('shows secrets neither in the output nor in the failure message', async () => {
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
