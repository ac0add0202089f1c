import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { account, rootKey } from './server.ts';

const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));

/** A real server process; `url` is what its ready line said. */
export interface ServerProcess {
  url: string;
  pid: number;
  /** What it has written to its log so far. */
  log(): string;
  /** Sends the signal to this process alone and answers its exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** A data folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-process-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a process may be held to. */
export interface ProcessLimits {
  /** The longest file it may write, in blocks of 512 bytes. */
  fileBlocks?: number;
}

/** Runs `millrace start` on a folder; rejects with what it printed when it does not come up. */
export async function startProcess(
  folder: string,
  options: string[] = [],
  { fileBlocks }: ProcessLimits = {},
): Promise<ServerProcess> {
  const command = [process.execPath, program, 'start', '--data', folder, '--port', '0', ...options];
  const limited = fileBlocks === undefined ? [] : ['/bin/sh', '-c', `ulimit -f ${fileBlocks}; exec "$0" "$@"`];
  const [file = '', ...args] = [...limited, ...command];
  const child = spawn(file, args, {
    env: {
      ...process.env,
      MILLRACE_ACCOUNT: account,
      MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
      MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complained += String(chunk);
  });
  const url = await readyUrl(child, exited, () => complained);
  return {
    url,
    pid: child.pid ?? 0,
    log: () => complained,
    async end(signal) {
      child.kill(signal);
      const [code, endedBy] = await exited;
      return code ?? endedBy;
    },
  };
}

function readyUrl(child: ChildProcess, exited: Promise<unknown>, complained: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += String(chunk);
      const url = /ready at (http:\/\/\S+)/.exec(printed)?.[1];
      if (url) resolve(url);
    });
    exited.then(() => reject(new Error(`the server ended before it was ready: ${printed}${complained()}`)), reject);
  });
}
