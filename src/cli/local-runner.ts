import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { sleep } from '../worker/loop/sleep.ts';
import { type HandedKeys, handedKeysVariable } from './runner.ts';

/** The runner that a server brings along: a process of its own, with a key of its own. */
export interface LocalRunner {
  /** Replaces the certificate that the server must present. */
  replaceCertificate(certificate: string): void;
  /** Lets its builds go on for a moment and ends it. */
  close(): Promise<void>;
}

/** Options of the runner process. */
export interface LocalRunnerOptions {
  url: string;
  region: string;
  keys: HandedKeys;
  /** Variables of the runner beside those of this process, such as its settings. */
  environment: Record<string, string>;
  log: Logger;
  /** A file descriptor for the log of the runner; standard error of this process unless set. */
  output?: number;
}

const delaysMs: [number, number] = [500, 30_000];
/** A runner that lived this long did not fail at its start. */
const soundMs = 60_000;
/** How long a stopping runner may take: more than the time between SIGTERM and SIGKILL of its builds. */
const closeMs = 20_000;
const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));

/** Starts a runner, and again with growing pauses whenever it ends. */
export function startLocalRunner(options: LocalRunnerOptions): LocalRunner {
  const { log } = options;
  let { keys } = options;
  const closing = new AbortController();
  let child: ChildProcess | undefined;
  const keepRunning = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; ) {
      const startedAt = performance.now();
      child = spawnRunner({ ...options, keys });
      const end = await endOf(child);
      if (closing.signal.aborted) return;
      if (performance.now() - startedAt > soundMs) failures = 0;
      const pauseMs = Math.min(delaysMs[1], delaysMs[0] * 2 ** failures);
      log.error({ ...end, pauseMs }, 'the runner of builds has ended; it is started again');
      failures += 1;
      await sleep(pauseMs, closing.signal);
    }
  };
  const running = keepRunning();
  return {
    replaceCertificate(certificate) {
      keys = { ...keys, certificate };
      child?.stdin?.write(`${JSON.stringify({ certificate })}\n`);
    },
    async close() {
      closing.abort();
      child?.kill('SIGTERM');
      const late = setTimeout(() => child?.kill('SIGKILL'), closeMs);
      await running;
      clearTimeout(late);
    },
  };
}

/** Returns how a process ended, also if it could not be started. */
async function endOf(child: ChildProcess): Promise<object> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return { code, signal };
  } catch (error) {
    return { err: error };
  }
}

/**
 * Leaves out the settings of the server, among them the URL of its database and the keys of its artifact store, and what
 * the AWS clients of its operator use.
 */
function runnerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOfServer = (name: string) => /^(MILLRACE_(?!RUNNER_)|AWS_|DATABASE_URL$)/.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOfServer(name)));
}

/** Its keys go through a pipe: other users see command lines, and builds as plain processes the environment. */
function spawnRunner(options: LocalRunnerOptions): ChildProcess {
  const { url, region, keys, environment, output = 'inherit' } = options;
  const child = spawn(process.execPath, [program, 'runner', '--endpoint', url, '--region', region], {
    env: { ...runnerEnvironment(process.env), ...environment, [handedKeysVariable]: '1' },
    stdio: ['pipe', output, output],
    // A Ctrl-C of the terminal reaches only the server, which ends the runner in its turn.
    detached: true,
  });
  // It ends with the server, however that ends, since its standard input does.
  child.stdin?.on('error', () => undefined);
  child.stdin?.write(`${JSON.stringify(keys)}\n`);
  return child;
}
