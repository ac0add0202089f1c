// Runs the real program as a child process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
const compiled = new URL('../../dist/main.js', import.meta.url);
const startWithinMs = 15_000;
const stopWithinMs = 8_000;
const keptLogLines = 30;

/** Removes the settings of the user's shell, which are meant for other servers. */
function environmentWithoutSettings(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('MILLRACE_')));
}

/** Starts `millrace start` on a free port; resolves when it has printed its ready line. */
export async function startServer(dataFolder, { onSpawn }) {
  if (!existsSync(compiled)) throw new Error('dist/ is missing: run npm ci, or npm run build.');
  const args = [program, 'start', '--data', dataFolder, '--port', '0', '--runner', 'off', '--log-level', 'warn'];
  const child = spawn(process.execPath, args, {
    env: environmentWithoutSettings(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const server = { child, pid: child.pid, log: [] };
  onSpawn(server);
  createInterface({ input: child.stderr }).on('line', (line) => {
    server.log.push(line);
    if (server.log.length > keptLogLines) server.log.shift();
  });
  const [, url, account, region] = await readReadyLine(child);
  return Object.assign(server, { url, account, region });
}

async function readReadyLine(child) {
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill('SIGKILL'), startWithinMs);
  try {
    for await (const line of lines) {
      const ready = /^Millrace is ready at (\S+) \(account (\d{12}), region ([^,]+), data /.exec(line);
      if (ready) return ready;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error('The server ended without its ready line.');
}

/** Returns how a server has ended; undefined while it runs. */
export function serverEnd({ child }) {
  return child.exitCode ?? child.signalCode ?? undefined;
}

/** Asks a server to stop and returns its exit code, or the signal that ended it. */
export async function stopServer(server) {
  const { child } = server;
  if (serverEnd(server) !== undefined) return serverEnd(server);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  const [exitCode, signalName] = await ended;
  clearTimeout(timer);
  return exitCode ?? signalName;
}
