import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../machine/temporary-folder.ts';
import { callOwn } from '../requests/own-api.ts';

const program = fileURLToPath(new URL('../../../bin/millrace', import.meta.url));

/** A `millrace runner`. */
export interface RunnerProcess {
  pid: number;
  workFolder: string;
  log(): string;
  /** Sends the signal and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a runner that runs builds as plain processes, with a key of the policy of runners. */
export async function startRunnerProcess(
  url: string,
  { workFolder = temporaryFolder(), options = [] as string[] } = {},
): Promise<RunnerProcess> {
  const { answer } = await callOwn<Record<'accessKeyId' | 'secretAccessKey', string>>(url, 'CreateAccessKey', {
    name: 'runner',
    policies: ['MillraceRunner'],
  });
  const cages = ['--allow-process-builds', 'on', '--cage', 'process'];
  const args = ['runner', '--endpoint', url, '--work-folder', workFolder, '--stop-grace', '0', ...cages, ...options];
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: answer.accessKeyId,
      AWS_SECRET_ACCESS_KEY: answer.secretAccessKey,
      AWS_SESSION_TOKEN: undefined,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += String(chunk);
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  onTestFinished(() => end('SIGTERM'));
  await vi.waitFor(
    () => {
      if (!text.includes('claims builds')) throw new Error(`the runner has not begun: ${text}`);
    },
    { timeout: 20_000, interval: 50 },
  );
  return { pid: child.pid ?? 0, workFolder, log: () => text, end };
}
