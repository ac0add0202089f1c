import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { type Config, settings } from '../config/config.ts';
import { shellQuoted } from './env.ts';
import { type LocalRunner, startLocalRunner } from './local-runner.ts';
import { type Terminal, untilStopped } from './terminal.ts';

/** What the command line uses of a running server. */
interface RunningServer {
  url: string;
  account: string;
  region: string;
  /** Resolves with the reason if the server can no longer serve. */
  lost?: Promise<string>;
  createRunnerKey(): Promise<{ accessKeyId: string; secretAccessKey: string }>;
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server; rejects with a message for the operator. */
export type StartServer = (
  config: Config,
  log: Logger,
  environment: { countDroppedLogLines?: () => number },
) => Promise<RunningServer>;

const advice: Record<string, (config: Config) => string> = {
  EADDRINUSE: ({ host, port }) =>
    `port ${port} of ${host} is in use; choose another with --port, or 0 for any free one`,
  EACCES: ({ host, port, data }) => `no permission for port ${port} of ${host} or for the data folder '${data}'`,
  EADDRNOTAVAIL: ({ host }) => `this machine has no address '${host}'; choose one of its own with --host`,
  ENOTFOUND: ({ host }) => `the host name '${host}' is not known; choose an address of this machine with --host`,
};

/** Returns a line that says why the server did not start, with common system errors in terms of the options. */
function startFailure(error: unknown, config: Config): string {
  const { code = '', message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  return `Millrace could not start: ${advice[code]?.(config) ?? message.replace(/\s*\n\s*/g, ' ')}`;
}

/** Returns what the operator does next, in another terminal. */
function nextStep({ data }: Config, { program }: Terminal): string {
  const option = data === settings.data.default ? '' : ` --data ${shellQuoted(data)}`;
  return `Next, in another terminal: eval "$(${program} env${option})", then any AWS client; docs/daily-work.md has the commands.`;
}

/**
 * Runs a server until a stop signal and returns the exit code. Only the ready line goes to standard output, and on a
 * terminal the next step.
 */
export async function runStart(
  config: Config,
  {
    startServer,
    log,
    countDroppedLogLines,
    terminal,
  }: { startServer: StartServer; log: Logger; countDroppedLogLines?: () => number; terminal: Terminal },
): Promise<number> {
  const stopped = untilStopped(terminal);
  let server: RunningServer;
  try {
    server = await startServer(config, log, { countDroppedLogLines });
  } catch (error) {
    log.debug({ err: error }, 'start-up failed');
    terminal.complain(startFailure(error, config));
    return 1;
  }
  let runner: LocalRunner | undefined;
  terminal.onReload(() => {
    const failed = (error: unknown) => log.error({ err: error }, 'could not reload the certificate');
    const handOver = () => {
      if (config.tlsCert !== undefined) runner?.replaceCertificate(readFileSync(config.tlsCert, 'utf8'));
    };
    server.reload().then(handOver).catch(failed);
  });
  const { url, account, region } = server;
  runner = config.runner === 'local' ? await startRunnerOf(server, config, log) : undefined;
  terminal.print(`Millrace is ready at ${url} (account ${account}, region ${region}, data ${config.data})`);
  if (terminal.isInteractive) terminal.print(nextStep(config, terminal));
  const end = await Promise.race([stopped, server.lost?.then((reason) => ({ reason })) ?? stopped]);
  if (typeof end === 'string') log.info({ signal: end }, 'stopping');
  else terminal.complain(`Millrace stops: ${end.reason}`);
  try {
    await runner?.close();
    await server.close();
  } catch (error) {
    log.error({ err: error }, 'stopping failed');
    terminal.complain(`Millrace did not stop cleanly: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  return typeof end === 'string' ? 0 : 1;
}

/** Starts the runner of builds beside a server. */
async function startRunnerOf(server: RunningServer, config: Config, log: Logger): Promise<LocalRunner> {
  const { url, region } = server;
  const certificate = config.tlsCert === undefined ? undefined : readFileSync(config.tlsCert, 'utf8');
  return startLocalRunner({
    url,
    region,
    keys: { ...(await server.createRunnerKey()), ...(certificate !== undefined && { certificate }) },
    environment: {
      MILLRACE_ALLOW_PROCESS_BUILDS: config.allowProcessBuilds,
      // The server waits for it, and a build that is ended begins again after its next start.
      MILLRACE_RUNNER_STOP_GRACE: process.env.MILLRACE_RUNNER_STOP_GRACE ?? '0',
    },
    log,
  });
}
