import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const scratchModule = new URL('./scratch.mjs', import.meta.url).href;
const processModule = new URL('./server-process.mjs', import.meta.url).href;

/** A server that notes its process id, and gets ready unless an option prevents it. */
const server = `
  require('node:fs').writeFileSync(process.argv[1], String(process.pid));
  if (process.argv[2] === 'ready') console.log('ready at http://127.0.0.1:1');
  setInterval(() => undefined, 1000);
`;

let folder: string;
const children: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-scratch-test-'));
});

afterEach(() => {
  // A benchmark that has failed a test may still run, as may its servers.
  const servers = readdirSync(folder).filter((name) => name.endsWith('.pid'));
  const started = [...children.splice(0), ...servers.map((name) => pidOf(name.slice(0, -'.pid'.length)))];
  for (const pid of started) if (pid > 0 && isRunning(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a benchmark with this body in its own process; `start(name, 'ready' | 'never')` starts a server. */
function runBenchmark(body: string): { child: ChildProcess; errors: () => string } {
  const program = `
    import { Scratch } from '${scratchModule}';
    import { ServerProcess } from '${processModule}';
    await Scratch.use(async (scratch) => {
      scratch.folder('data');
      const start = (name, when) =>
        ServerProcess.start(scratch, ['-e', ${JSON.stringify(server)}, '${folder}/' + name + '.pid', when]);
      ${body}
    });`;
  const temporary = { TMPDIR: folder };
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, ...temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(Number(child.pid));
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return { child, errors: () => text };
}

async function exitCodeOf({ child }: { child: ChildProcess }): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

function pidOf(name: string): number {
  return Number(readFileSync(join(folder, `${name}.pid`), 'utf8'));
}

async function untilStarted(name: string): Promise<void> {
  await vi.waitFor(() => expect(pidOf(name)).toBeGreaterThan(0), { timeout: 10_000 });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function expectNothingLeft(...servers: string[]): void {
  expect(servers.filter((name) => isRunning(pidOf(name)))).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith('millrace-bench-'))).toEqual([]);
}

test('a benchmark that throws while it sets up stops its servers, also one that is still starting', async () => {
  const run = runBenchmark(`
    const { existsSync } = await import('node:fs');
    await start('first', 'ready');
    const second = start('second', 'never');
    while (!existsSync('${folder}/second.pid')) await new Promise((resolve) => setTimeout(resolve, 5));
    throw new Error('the pipelines were refused');`);
  expect(await exitCodeOf(run)).toBe(1);
  expect(run.errors()).toContain('the pipelines were refused');
  expectNothingLeft('first', 'second');
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops a server that does not get ready', async (signal) => {
  const run = runBenchmark(`await start('first', 'ready'); await start('second', 'never');`);
  await untilStarted('second');
  run.child.kill(signal);
  expect(await exitCodeOf(run)).toBe(1);
  expectNothingLeft('first', 'second');
});

test('an error that nothing awaits ends the benchmark and its servers', async () => {
  const run = runBenchmark(`
    await start('first', 'ready');
    Promise.reject(new Error('a worker was refused'));
    await new Promise((resolve) => setTimeout(resolve, 60_000));`);
  expect(await exitCodeOf(run)).toBe(1);
  expect(run.errors()).toContain('a worker was refused');
  expectNothingLeft('first');
});

test('an interrupt waits for what is still being opened, closes it, and lets nothing more be started', async () => {
  const run = runBenchmark(`
    const { existsSync, writeFileSync } = await import('node:fs');
    await start('first', 'ready');
    const data = scratch.folder('opened');
    let open;
    // The folder is removed after everything else was closed.
    setInterval(() => existsSync(data) || open('opened'), 5);
    const store = await scratch.ownOpened(
      () => new Promise((resolve) => { open = resolve; writeFileSync('${folder}/opening', ''); }),
      (value) => writeFileSync('${folder}/closed', value),
    );
    await start('late', 'ready');`);
  await vi.waitFor(() => expect(existsSync(join(folder, 'opening'))).toBe(true), { timeout: 10_000 });
  run.child.kill('SIGTERM');
  expect(await exitCodeOf(run)).toBe(1);
  expect(readFileSync(join(folder, 'closed'), 'utf8')).toBe('opened');
  expect(existsSync(join(folder, 'late.pid'))).toBe(false);
  expectNothingLeft('first');
});

test('a benchmark inside another leaves the signals to both', async () => {
  const run = runBenchmark(`
    await start('first', 'ready');
    await Scratch.use(async (inner) => inner.folder('data'));
    await Scratch.use(async (inner) => {
      await ServerProcess.start(inner, ['-e', ${JSON.stringify(server)}, '${folder}/second.pid', 'never']);
    });`);
  await untilStarted('second');
  run.child.kill('SIGINT');
  expect(await exitCodeOf(run)).toBe(1);
  expectNothingLeft('first', 'second');
});
