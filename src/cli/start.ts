import type { Logger } from 'pino';
import { type Config, settings } from '../config/config.ts';
import { shellQuoted } from './env.ts';
import { type Terminal, untilStopped } from './terminal.ts';

/** The part of a running server that the command line sees. */
interface RunningServer {
  url: string;
  account: string;
  region: string;
  /** Resolves with the reason when the server can serve no longer. */
  lost?: Promise<string>;
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Builds and starts a server; rejects with a message a person can act on. */
export type StartServer = (
  config: Config,
  log: Logger,
  environment: { countDroppedLogLines?: () => number },
) => Promise<RunningServer>;

const advice: Record<string, (config: Config) => string> = {
  EADDRINUSE: ({ host, port }) => `port ${port} of ${host} is taken; give another with --port, or 0 for any free one`,
  EACCES: ({ host, port, data }) => `no permission for port ${port} of ${host} or for the data folder '${data}'`,
  EADDRNOTAVAIL: ({ host }) => `this machine has no address '${host}'; give one of its own with --host`,
  ENOTFOUND: ({ host }) => `the host name '${host}' is not known; give an address of this machine with --host`,
};

/** One line that says why the server did not start; the usual system errors are put in terms of the options. */
function startFailure(error: unknown, config: Config): string {
  const { code = '', message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  return `Millrace could not start: ${advice[code]?.(config) ?? message.replace(/\s*\n\s*/g, ' ')}`;
}

/** What a person does next, in another terminal. */
function nextStep({ data }: Config, { program }: Terminal): string {
  const option = data === settings.data.default ? '' : ` --data ${shellQuoted(data)}`;
  return `Next, in another terminal: eval "$(${program} env${option})", then any AWS client; docs/daily-work.md has the commands.`;
}

/** Runs a server until a stop signal; answers the exit code. On a terminal the next step follows the
 * ready line; that is all it ever prints to standard output. */
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
  terminal.onReload(() => {
    const failed = (error: unknown) => log.error({ err: error }, 'the certificate could not be read again');
    server.reload().catch(failed);
  });
  const { url, account, region } = server;
  terminal.print(`Millrace is ready at ${url} (account ${account}, region ${region}, data ${config.data})`);
  if (terminal.isInteractive) terminal.print(nextStep(config, terminal));
  const end = await Promise.race([stopped, server.lost?.then((reason) => ({ reason })) ?? stopped]);
  if (typeof end === 'string') log.info({ signal: end }, 'stopping');
  else terminal.complain(`Millrace stops: ${end.reason}`);
  try {
    await server.close();
  } catch (error) {
    log.error({ err: error }, 'stopping failed');
    terminal.complain(`Millrace did not stop cleanly: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  return typeof end === 'string' ? 0 : 1;
}
