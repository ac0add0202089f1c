import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { rootKey } from '../../requests/client-config.ts';

/** A `millrace runner` that is killed and started again, always on the same folder. */
export interface Runner {
  name: string;
  workFolder: string;
  isRunning(): boolean;
  start(): void;
  /** Sends the signal, waits for the end, and returns its exit code or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
  log(): string;
}

const concurrency = 3;

/** Creates a runner of builds in plain processes; `url` is where its server is in all of its lives. */
export function createRunner({ root, folder, name, url }: { root: string; folder: string; name: string; url: string }) {
  const workFolder = join(folder, name);
  let child: ChildProcess | undefined;
  let exited: Promise<number | NodeJS.Signals | null> = Promise.resolve(0);
  let text = '';
  const runner: Runner = {
    name,
    workFolder,
    isRunning: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    start() {
      const settings = ['--concurrency', String(concurrency), '--allow-process-builds', 'on', '--cage', 'process'];
      const place = ['--endpoint', url, '--work-folder', workFolder, '--name', name, '--stop-grace', '0'];
      child = spawn(process.execPath, [join(root, 'bin/millrace'), 'runner', ...place, ...settings], {
        env: {
          ...process.env,
          AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
          AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
          AWS_SESSION_TOKEN: undefined,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        text += String(chunk);
      });
      exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
    },
    end(signal) {
      if (runner.isRunning()) child?.kill(signal);
      return exited;
    },
    log: () => text,
  };
  return runner;
}
