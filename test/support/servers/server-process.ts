import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { spawnServer } from './spawn-server.ts';

const program = fileURLToPath(new URL('../../../bin/millrace', import.meta.url));

/** A real server process; `url` is what its ready line said. */
export interface ServerProcess {
  url: string;
  pid: number;
  /** What it has written to its log so far. */
  log(): string;
  /** Stops reading its log, as a reader that has gone. */
  closeLog(): void;
  /** Sends the signal to this process alone and answers its exit code, or the signal that ended it. */
  /** Its exit code, should it end by itself. */
  exited: Promise<number | NodeJS.Signals | null>;
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
  /** Most open files. */
  openFiles?: number;
  /** A module loaded before the program. */
  preload?: string;
  /** The file that takes its standard error. */
  errorFile?: string;
}

/** Runs `millrace start` on a folder; rejects with what it printed when it does not come up. */
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
