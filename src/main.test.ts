import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StopSignal, Terminal } from './cli/terminal.ts';
import type { Config } from './config/config.ts';
import { writeProfile, writeServerFile } from './installation/data-folder.ts';
import { type Machinery, runCommandLine } from './main.ts';
import type { WorkerCommandOptions } from './worker/command/worker-command.ts';

/** Returns a terminal that records what is printed, and machinery that starts nothing but can fail. */
function setUp({ startError, closeError }: { startError?: Error; closeError?: Error } = {}) {
  const seen = { out: [] as string[], err: [] as string[], exits: [] as number[], configs: [] as Config[], closed: 0 };
  const workers: WorkerCommandOptions[] = [];
  let signalled: (signal: StopSignal) => void = () => {};
  const terminal: Terminal = {
    env: { MILLRACE_LOG_LEVEL: 'silent', MILLRACE_RUNNER: 'off' },
    print: (line) => void seen.out.push(line),
    complain: (line) => void seen.err.push(line),
    onStopSignal: (listener) => {
      signalled = listener;
    },
    program: 'millrace',
    isInteractive: false,
    onReload: () => undefined,
    exit: (code) => void seen.exits.push(code),
  };
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const machinery: Machinery = {
    loadStartServer: async () => async (config) => {
      seen.configs.push(config);
      if (startError) throw startError;
      queueMicrotask(isReady);
      const close = async () => {
        seen.closed += 1;
        if (closeError) throw closeError;
      };
      const reload = async () => undefined;
      const place = { url: 'http://127.0.0.1:4242', account: '123456789012', region: config.region };
      const createRunnerKey = async () => ({ accessKeyId: 'AKIA', secretAccessKey: 'secret' });
      return { ...place, profileFile: 'p', createRunnerKey, reload, close };
    },
    loadRunWorker: async () => async (options) => {
      workers.push(options);
      queueMicrotask(isReady);
      const counts = { Succeeded: 0, Continued: 0, Failed: 0, unreported: 0, ended: 0, dropped: 0 };
      let resolveEnded: (ended: typeof counts) => void = () => undefined;
      return {
        ended: new Promise<typeof counts>((resolve) => {
          resolveEnded = resolve;
        }),
        stop: async () => {
          seen.closed += 1;
          resolveEnded(counts);
        },
        stopNow: async () => undefined,
        isCutOff: () => false,
      };
    },
  };
  const run = (...args: string[]) => runCommandLine(args, terminal, machinery);
  return { seen, workers, terminal, run, ready, signal: (signal: StopSignal) => signalled(signal) };
}

test('start prints one ready line, stops at the first signal and exits with 0', async () => {
  const { seen, run, ready, signal } = setUp();
  const exitCode = run('start', '--port', '0', '--data', '/srv/mill', '--region', 'eu-west-1');
  await ready;
  signal('SIGTERM');
  expect(await exitCode).toBe(0);
  expect(seen.out).toEqual([
    'Millrace is ready at http://127.0.0.1:4242 (account 123456789012, region eu-west-1, data /srv/mill)',
  ]);
  expect(seen.configs).toEqual([expect.objectContaining({ port: 0, data: '/srv/mill', leaseSeconds: 30 })]);
  expect([seen.closed, seen.exits, seen.err]).toEqual([1, [], []]);
});

test('a second signal ends the process immediately', async () => {
  const { seen, run, ready, signal } = setUp();
  const exitCode = run('start');
  await ready;
  signal('SIGINT');
  signal('SIGTERM');
  expect(seen.exits).toEqual([143]);
  await exitCode;
});

test('a failed start prints one line to standard error and exits with 1', async () => {
  const startError = Object.assign(new Error('listen EADDRINUSE: address already in use'), { code: 'EADDRINUSE' });
  const { seen, run } = setUp({ startError });
  expect(await run('start')).toBe(1);
  expect(seen.out).toEqual([]);
  expect(seen.err).toEqual([
    'Millrace could not start: port 7090 of 127.0.0.1 is in use; choose another with --port, or 0 for any free one',
  ]);
});

test('an unknown failure keeps its message, on one line', async () => {
  const { seen, run } = setUp({ startError: new Error('the schema is newer\n  than this program') });
  expect(await run('start')).toBe(1);
  expect(seen.err).toEqual(['Millrace could not start: the schema is newer than this program']);
});

test('a server that does not stop cleanly reports it', async () => {
  const { seen, run, ready, signal } = setUp({ closeError: new Error('disk full') });
  const exitCode = run('start');
  await ready;
  signal('SIGTERM');
  expect(await exitCode).toBe(1);
  expect(seen.err).toEqual(['Millrace did not stop cleanly: disk full']);
});

test.each([
  [['start', '--port', 'x', '--account', '1'], /2 options are invalid:\n {2}--port.*\n {2}--account/],
  [['start', '--prot', '1'], /unknown option '--prot'/],
  [['start', '--root-access-key-id', 'AKIA'], /unknown option/],
  [['strat'], /unknown command 'strat'/],
  [['worker', '--category', 'Build'], /required option '--provider/],
  [['worker', '--category', 'Build', '--provider', 'P', '--version', '1', '--', 'true'], /--endpoint/],
])('%j is an invalid option: exit code 2', async (args, complaint) => {
  const { seen, run } = setUp();
  expect(await run(...args)).toBe(2);
  expect(seen.err.join('\n')).toMatch(complaint);
  expect(seen.configs).toEqual([]);
});

test('--version prints the version of package.json, and help lists every setting', async () => {
  const { seen, run } = setUp();
  expect(await run('--version')).toBe(0);
  expect(seen.out).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  expect(await run('start', '--help')).toBe(0);
  for (const word of ['--lease-seconds', 'MILLRACE_POLL_WAIT_SECONDS', 'MILLRACE_ROOT_SECRET_ACCESS_KEY']) {
    expect(seen.out.join('\n')).toContain(word);
  }
});

test('env prints the environment for the given folder, and exits with 1 if no server was started there', async () => {
  const data = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  try {
    const { seen, run } = setUp();
    expect(await run('env', '--data', data)).toBe(1);
    expect(seen.err).toEqual([expect.stringContaining('No server was ever started')]);
    await writeServerFile(data, { url: 'http://127.0.0.1:7090', region: 'us-east-1', account: '123456789012' });
    await writeProfile(data, { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: 'secret' });
    expect(await run('env', '--data', data)).toBe(0);
    expect(seen.out.join('\n')).toContain("export AWS_ENDPOINT_URL='http://127.0.0.1:7090'");
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});

test('worker: the version of the action type is not the version of the program, and -- ends the options', async () => {
  const { seen, workers, terminal, run, ready, signal } = setUp();
  terminal.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:7090';
  const flags = ['--category', 'Build', '--provider', 'Make', '--version', '1', '--query', 'Project=mill'];
  const exitCode = run('worker', ...flags, '--', 'make', '--version', '-j');
  await ready;
  signal('SIGTERM');
  expect(await exitCode).toBe(0);
  expect(workers).toEqual([
    expect.objectContaining({ version: '1', query: { Project: 'mill' }, command: ['make', '--version', '-j'] }),
  ]);
  expect(seen.closed).toBe(1);
});
