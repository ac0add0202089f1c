import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { account, rootKeyEnvironment } from '../requests/client-config.ts';

/** A server process, possibly not ready yet. */
export interface SpawnedServer {
  child: ChildProcess;
  pid: number;
  /** The URL in its ready line; rejects with its output if it ends before. */
  ready: Promise<string>;
  /** Its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals | null>;
  /** The log so far. */
  log(): string;
  isRunning(): boolean;
  /** Sends the signal to this process only and waits for its end. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/**
 * Spawns `file`, which is or becomes a `millrace start`, for the account and with the root key of the tests;
 * `hasChannel` opens a channel of messages to it.
 */
export function spawnServer(
  file: string,
  args: string[],
  env: Record<string, string> = {},
  { hasChannel = false } = {},
): SpawnedServer {
  const child = spawn(file, args, {
    env: {
      ...process.env,
      MILLRACE_ACCOUNT: account,
      MILLRACE_RUNNER: 'off',
      ...rootKeyEnvironment,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(hasChannel ? (['ipc'] as const) : [])],
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  let complained = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complained += String(chunk);
  });
  const ready = readyUrl(child, exited, () => complained);
  // Not every caller awaits it.
  ready.catch(() => undefined);
  return {
    child,
    pid: child.pid ?? 0,
    ready,
    exited,
    log: () => complained,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

function readyUrl(child: ChildProcess, exited: Promise<unknown>, complained: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += String(chunk);
      const url = /ready at (https?:\/\/\S+)/.exec(printed)?.[1];
      if (url) resolve(url);
    });
    exited.then(() => reject(new Error(`the server ended before it was ready: ${printed}${complained()}`)), reject);
  });
}
