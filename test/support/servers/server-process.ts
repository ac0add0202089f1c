import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { spawnServer } from './spawn-server.ts';

const program = fileURLToPath(new URL('../../../bin/millrace', import.meta.url));

/** A server process; `url` is from its ready line. */
export interface ServerProcess {
  url: string;
  pid: number;
  /** The log so far. */
  log(): string;
  /** Stops reading its log, like a reader that has exited. */
  closeLog(): void;
  /** Resolves with the exit code, or the signal that ended the process. */
  exited: Promise<number | NodeJS.Signals | null>;
  /** Sends the signal to this process only and waits for its end. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Creates a data folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-process-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Limits of a process. */
export interface ProcessLimits {
  /** The longest file it may write, in blocks of 512 bytes. */
  fileBlocks?: number;
  /** The maximum number of open files. */
  openFiles?: number;
  /** A module loaded before the program. */
  preload?: string;
  /** The file for its standard error. */
  errorFile?: string;
}

/** Runs `millrace start` on a folder; rejects with its output if it doesn't start. */
export async function startProcess(
  folder: string,
  options: string[] = [],
  limits: ProcessLimits = {},
): Promise<ServerProcess> {
  const preload = limits.preload === undefined ? [] : ['--import', limits.preload];
  const command = [process.execPath, ...preload, program, 'start', '--data', folder, '--port', '0', ...options];
  const [file = '', ...args] = ['/bin/sh', '-c', shellScript(limits), ...command];
  const { child, pid, ready, exited, isRunning, log, end } = spawnServer(file, args);
  onTestFinished(async () => {
    if (isRunning()) child.kill('SIGKILL');
    await exited;
  });
  return { url: await ready, pid, log, exited, closeLog: () => void child.stderr?.destroy(), end };
}

function shellScript({ fileBlocks, openFiles, errorFile }: ProcessLimits): string {
  return [
    ...(fileBlocks === undefined ? [] : [`ulimit -f ${fileBlocks}`]),
    ...(openFiles === undefined ? [] : [`ulimit -n ${openFiles}`]),
    `exec "$0" "$@"${errorFile === undefined ? '' : ` 2>'${errorFile}'`}`,
  ].join('; ');
}
