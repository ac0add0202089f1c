import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { jenkinsQuery, jenkinsType } from '../pipelines/scenario.ts';
import { region, rootKey } from '../servers/server.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A worker process. */
export interface WorkerProcess {
  /** All output, including the log. */
  printed(): string;
  /** Resolves once it has printed this. */
  saw(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts a program of this package as a worker of the server at `url`; it is killed after the test. */
export function startWorker(url: string, args: string[], changes: NodeJS.ProcessEnv = {}): WorkerProcess {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    ...changes,
  };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += String(chunk);
      for (const look of waiting) look();
    });
  }
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return {
    printed: () => printed,
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(printed)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void exited.then(() => reject(new Error(`the worker ended without printing ${pattern}: ${printed}`)));
      }),
    kill: (signal) => void child.kill(signal),
    ended: exited,
  };
}

/** Starts `millrace worker` for the jobs of the Jenkins scenario; a shell runs `script`. */
export function startCommandWorker(
  url: string,
  script: string,
  options: string[] = [],
  changes: NodeJS.ProcessEnv = {},
): WorkerProcess {
  const { category, provider, version } = jenkinsType;
  const type = ['--category', category, '--provider', provider, '--version', version];
  const query = ['--query', `ProjectName=${jenkinsQuery.ProjectName}`];
  return startWorker(
    url,
    ['bin/millrace', 'worker', ...type, ...query, ...options, '--', '/bin/sh', '-c', script],
    changes,
  );
}
