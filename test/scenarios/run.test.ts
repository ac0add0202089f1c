import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runMillrace } from '../support/requests/command-line.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-scenario-'));
  file = join(folder, 'pipeline.json');
  await mkdir(join(folder, 'app'));
  await writeFile(join(folder, 'app', 'index.html'), '<h1>Shop</h1>');
});

afterEach(() => rm(folder, { recursive: true }));

const source = (name: string, output: string) => ({
  name,
  namespace: name,
  actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeCommit', version: '1' },
  configuration: { RepositoryName: 'shop', BranchName: 'main' },
  outputArtifacts: [{ name: output }],
});

const approval = {
  name: 'Release',
  actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
  configuration: { CustomData: 'Release #{App.CommitMessage}?' },
};

const deploy = (bucket: string) => ({
  name: 'Site',
  actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
  configuration: { BucketName: bucket, Extract: 'true' },
  inputArtifacts: [{ name: 'Code' }],
});

/** Writes a pipeline that deploys its source after an approval, and runs it with options. */
async function run({ sources = [source('App', 'Code')], gate = approval, bucket = 'shop-site' }, ...options: string[]) {
  const pipeline = {
    name: 'shop',
    roleArn: 'arn:aws:iam::123456789012:role/r',
    pipelineType: 'V2',
    artifactStore: { type: 'S3', location: 'shop-artifacts' },
    stages: [
      { name: 'Source', actions: sources },
      { name: 'Ask', actions: [gate] },
      { name: 'Deploy', actions: [deploy(bucket)] },
    ],
  };
  await writeFile(file, JSON.stringify(pipeline, null, 1));
  return runMillrace('run', file, ...options);
}

const steady = (lines: string[]) => lines.map((line) => line.replaceAll(/\d+\.\d s/g, 'T').trim());

test('a pipeline runs on a folder, and nothing of it is left', async () => {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  const { code, printed, complained } = await run({}, '--source', `App=${folder}/app`, '--approve', 'all');
  expect(complained).toEqual([]);
  expect(steady(printed)).toEqual([
    `Source App: ${folder}/app, which is not in a Git repository`,
    'T  Source/App started',
    'T  Source/App Succeeded in T: Files of app',
    'T  Ask/Release asks for approval: Release Files of app?',
    'T  Ask/Release Succeeded in T: Approved in millrace run',
    'T  Deploy/Site started',
    'T  Deploy/Site Succeeded in T: Deployment Succeeded',
    'Pipeline shop Succeeded after T',
  ]);
  expect(code).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
  vi.unstubAllEnvs();
});

test('two runs of the same files have the same revisions, and --json says them', async () => {
  const runs = [];
  for (let count = 0; count < 2; count += 1) {
    const { code, printed, complained } = await run({}, '-s', `App=${folder}/app`, '--approve', 'all', '--json');
    expect(code).toBe(0);
    expect(complained.at(-1)).toMatch(/^Pipeline shop Succeeded after/);
    const text = printed.join('\n').replaceAll(/"(durationMs|externalExecutionId)": [^,\n]+/g, '"$1": 0');
    runs.push(JSON.parse(text));
  }
  expect(runs[0].stages[0].actions[0].outputVariables).toMatchObject({
    BranchName: 'main',
    CommitId: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  expect(runs[1]).toEqual(runs[0]);
});

test('what fails is said at the end, and by the exit code; --keep keeps the server', async () => {
  const options = ['-s', `App=${folder}/app`, '--approve', 'all', '--keep'];
  const { code, printed, complained } = await run({ bucket: '#{App.CommitId}' }, ...options);
  expect(code).toBe(4);
  const error = printed.at(-1);
  expect(error).toMatch(/^ {2}Deploy\/Site Failed: The bucket [0-9a-f]{40} does not exist\.$/);
  const [, kept = ''] =
    /^The server's folder is (\S+); millrace start --data \S+ opens it\.$/.exec(complained[0] ?? '') ?? [];
  expect(existsSync(join(kept, 'server.log'))).toBe(true);
  await rm(kept, { recursive: true });
});

test('--skip leaves out what cannot be answered', async () => {
  const options = ['-s', `App=${folder}/app`];
  const { code, complained } = await run({}, ...options);
  expect({ code, complained }).toEqual({
    code: 2,
    complained: [
      "millrace: 'Release' asks for approval, and there is no terminal to ask on: --approve all approves everything.",
    ],
  });
  expect((await run({}, ...options, '--skip', 'Ask')).code).toBe(0);
});

test('every mistake of the command line is said at once', async () => {
  const sources = [source('App', 'Code'), source('Tools', 'More')];
  const { code, complained } = await run(
    { sources },
    '--source',
    'App=/nowhere',
    '--only',
    'Biuld',
    '--variable',
    'A=1',
    ...['--image', 'busybox', '--cage', 'bubblewrap'],
  );
  expect(code).toBe(2);
  expect(complained).toEqual([
    'millrace: 5 things keep the pipeline from running:',
    '  --image needs a container, and not --cage bubblewrap.',
    '  --only Biuld: there is no such stage; there are Source, Ask, Deploy.',
    '  --variable A: the pipeline declares no variables.',
    "  The source 'Tools' needs a folder: --source Tools=PATH.",
    '  --source App=/nowhere: there is no folder /nowhere.',
  ]);
});

test('what nobody performs in a run is refused with its line', async () => {
  const custom = {
    ...approval,
    actionTypeId: { category: 'Test', owner: 'Custom', provider: 'Jenkins', version: '1' },
  };
  const { code, complained } = await run({ gate: custom }, '-s', `App=${folder}/app`, '--approve', 'all');
  expect({ code, complained }).toEqual({
    code: 2,
    complained: [
      `millrace: ${file}:39: Actions of Test/Custom/Jenkins/1 wait for a worker. This run has no provider or worker for them: --skip NAME leaves them out.`,
    ],
  });
});
