import { expect, test } from 'vitest';
import { ConfigurationError } from '../config/setting.ts';
import { readWorkerOptions, workerExitCode } from './worker.ts';

const flags = { category: 'Build', provider: 'Make', version: '1' };
const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:7090' };

function problemsOf(
  wrong: Record<string, unknown>,
  given: { command?: string[]; env?: Record<string, string> } = {},
): string[] {
  try {
    readWorkerOptions({ ...flags, ...wrong }, { command: ['make'], env, ...given });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

test('endpoint and region come from the environment, and unset options stay absent', () => {
  const options = readWorkerOptions(flags, {
    command: ['make', '-j2'],
    env: { ...env, AWS_DEFAULT_REGION: 'eu-west-1' },
  });
  expect(options).toEqual({
    category: 'Build',
    provider: 'Make',
    version: '1',
    concurrency: 1,
    endpoint: 'http://127.0.0.1:7090',
    region: 'eu-west-1',
    waitSeconds: 20,
    stopGraceMs: 30_000,
    archiveLimits: { maxEntries: 100_000, maxUnpackedBytes: 20 * 1024 ** 3, maxRatio: 200 },
    outputs: {},
    masked: [],
    logFormat: 'auto',
    command: ['make', '-j2'],
  });
});

test('every option is read', () => {
  const all = {
    endpoint: 'https://mill:1',
    region: 'r-1',
    concurrency: '8',
    pollInterval: '0.5',
    query: ['Project=a=b'],
    output: ['App=./dist/', 'Reports=reports/*.xml', 'Reports=log.txt', 'All=.'],
    mask: ['Token'],
    workFolder: '/srv/jobs',
    stopGrace: '0.5',
    once: true,
    idleExit: '3',
    archiveMib: '1',
  };
  expect(readWorkerOptions({ ...flags, ...all }, { command: ['make'], env })).toMatchObject({
    endpoint: 'https://mill:1',
    region: 'r-1',
    concurrency: 8,
    pollIntervalMs: 500,
    query: { Project: 'a=b' },
    outputs: { App: ['dist'], Reports: ['reports/*.xml', 'log.txt'], All: ['.'] },
    masked: ['Token'],
    workFolder: '/srv/jobs',
    stopGraceMs: 500,
    maxJobs: 1,
    idleExitMs: 3000,
    waitSeconds: 3,
    archiveLimits: { maxUnpackedBytes: 1024 ** 2 },
  });
});

test('a worker without an endpoint does not call AWS', () => {
  expect(problemsOf({}, { env: {} })).toEqual([expect.stringContaining('eval "$(millrace env)"')]);
  expect(problemsOf({ endpoint: '127.0.0.1:7090' })).toEqual([
    expect.stringMatching(/^--endpoint: invalid value '127.0.0.1:7090'/),
  ]);
});

test('all invalid options are listed together', () => {
  const wrong = { category: 'build', concurrency: '0', pollInterval: 'soon', query: ['Project'], endpoint: 'x' };
  expect(problemsOf(wrong, { command: [] }).map((problem) => problem.split(':')[0])).toEqual([
    '--category',
    '--concurrency',
    '--endpoint',
    '--query',
    '--poll-interval',
    'COMMAND',
  ]);
});

test('a poll names at most one property', () => {
  expect(problemsOf({ query: ['A=1', 'B=2'] })).toEqual([expect.stringContaining('one property only')]);
  expect(problemsOf({ concurrency: '1.5' })).toEqual([
    "--concurrency: invalid value '1.5': expected a whole number from 1 to 1000 (jobs).",
  ]);
});

test.each(['App', 'App=', 'A/B=dist', 'App=/etc', 'App=../dist', 'App=a/../../b'])(
  '--output %s is rejected',
  (output) => {
    expect(problemsOf({ output: [output] })).toEqual([expect.stringMatching(/^--output: /)]);
  },
);

test('the exit code tells whether results are missing, and with --once whether the job failed', () => {
  const none = { Succeeded: 0, Continued: 0, Failed: 0, unreported: 0, ended: 0, dropped: 0 };
  const options = readWorkerOptions(flags, { command: ['make'], env });
  const once = { ...options, maxJobs: 1 };
  expect(workerExitCode(options, { ...none, Succeeded: 3, Failed: 2 }, false)).toBe(0);
  expect(workerExitCode(options, { ...none, unreported: 1 }, false)).toBe(3);
  expect(workerExitCode(once, { ...none, Continued: 1, dropped: 4 }, false)).toBe(0);
  expect(workerExitCode(once, { ...none, Failed: 1 }, false)).toBe(4);
  expect(workerExitCode(once, none, true)).toBe(1);
  expect(workerExitCode({ ...options, idleExitMs: 1 }, none, true)).toBe(1);
  expect(workerExitCode(options, none, true)).toBe(0);
});
