import { Command, CommanderError, Option } from 'commander';
import { pino } from 'pino';
import { addActionTypes, addThirdPartyClients } from './cli/action-types.ts';
import { addCompletion } from './cli/completion.ts';
import { environmentLines } from './cli/env.ts';
import { addHealth } from './cli/health.ts';
import { createPutLog } from './cli/job-log-call.ts';
import { addJobs, addLogs } from './cli/jobs.ts';
import { addKeys, addRotateMasterKey } from './cli/keys.ts';
import { createLogStream, type LogStream } from './cli/log-stream.ts';
import { addMasterKeys } from './cli/master-keys.ts';
import { OwnApiError } from './cli/own-api.ts';
import { standardErrorOutput } from './cli/standard-error.ts';
import { runStart, type StartServer } from './cli/start.ts';
import { addStateCommands } from './cli/state-commands.ts';
import type { Terminal } from './cli/terminal.ts';
import { textLine } from './cli/text-log.ts';
import type { WorkerOptions } from './cli/worker.ts';
import { addWorker } from './cli/worker-command.ts';
import { ConfigurationError, readConfig, settings } from './config/config.ts';
import type { LogFormat } from './config/parsers.ts';
import { settingGroup } from './config/setting-groups.ts';
import { packageVersion } from './config/version.ts';
import { DataFolderError } from './installation/data-folder.ts';
import type { RunningWorker } from './worker/command/worker-command.ts';

/** What the commands set in motion; loaded only when a command needs it, so that `millrace env` starts at once. */
export interface Machinery {
  loadStartServer(): Promise<StartServer>;
  loadRunWorker(): Promise<(options: WorkerOptions, log: ReturnType<typeof logTo>) => Promise<RunningWorker>>;
}

const builtIn: Machinery = {
  loadStartServer: async () => (await import('./server/start-server.ts')).startServer,
  loadRunWorker: async () => {
    // The SDK announces on Node.js 20 that its future versions will want a newer one; ours is pinned by this package.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    const { runWorkerCommand } = await import('./worker/command/worker-command.ts');
    return (options, log) => runWorkerCommand(options, log, createPutLog(options.endpoint, options.region));
  },
};

/** How long the end of a command waits for its log to be written. */
const logFlushMs = 2000;

/** Standard output belongs to the ready line and to `env`; the log goes to standard error. */
function logTo({ level, format }: { level: string; format: LogFormat }, stream: LogStream) {
  const isTerminal = process.stderr.isTTY === true;
  if (format === 'json' || (format === 'auto' && !isTerminal)) return pino({ level }, stream);
  const hasColor = isTerminal && process.stderr.hasColors();
  return pino({ level }, { write: (line: string) => stream.write(textLine(line, { hasColor })) });
}

function settingOption(name: keyof typeof settings): Option {
  const { flag, placeholder, sentence, env, default: preset } = settings[name];
  const source = preset === undefined ? env : `${env}, else ${preset}`;
  return new Option(`${flag} <${placeholder}>`, `${sentence} [${source}]`);
}

function addStart(program: Command, { terminal, machinery, finish, logStream }: Parts): void {
  const command = program.command('start').description('start the server and keep it running until SIGTERM or SIGINT');
  for (const name of Object.keys(settings) as (keyof typeof settings)[]) {
    if (settings[name].flag !== undefined) command.addOption(settingOption(name).helpGroup(settingGroup(name)));
  }
  const { rootAccessKeyId, rootSecretAccessKey } = settings;
  command.addHelpText('after', `\nFrom the environment only: ${rootAccessKeyId.env}, ${rootSecretAccessKey.env}.`);
  command.action(async (flags: Record<string, unknown>) => {
    const config = readConfig({ flags, env: terminal.env });
    const startServer = await machinery.loadStartServer();
    const { countDropped } = logStream;
    const log = logTo({ level: config.logLevel, format: config.logFormat }, logStream);
    finish(await runStart(config, { startServer, log, countDroppedLogLines: countDropped, terminal }));
  });
}

function addEnv(program: Command, { terminal }: Parts): void {
  program
    .command('env')
    .description('print the environment of AWS clients of the server; use it as: eval "$(millrace env)"')
    .addOption(settingOption('data'))
    .action(async (flags: Record<string, unknown>) => {
      terminal.print((await environmentLines({ flags, env: terminal.env })).join('\n'));
    });
}

interface Parts {
  terminal: Terminal;
  machinery: Machinery;
  logStream: LogStream;
  /** Records the exit code of a command that ended by itself. */
  finish(code: number): void;
}

function failureCode(error: unknown, terminal: Terminal): number {
  // The option parser has printed its own complaint, or the help or the version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigurationError) {
    terminal.complain(`millrace: ${error.message}`);
    return 2;
  }
  if (error instanceof DataFolderError || error instanceof OwnApiError || isUnreadableFile(error)) {
    terminal.complain(`millrace: ${error.message}`);
    return 1;
  }
  // Anything else is a bug or a broken machine: the stack is what a report needs.
  terminal.complain(`millrace: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

/** A file named on the command line that cannot be read: its own words say which and why. */
function isUnreadableFile(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

/** The commands, in the groups in which help lists them. */
function addCommands(program: Command, parts: Parts): void {
  const { terminal, machinery, finish, logStream } = parts;
  const dataOption = () => settingOption('data');
  program.commandsGroup('Server:');
  addStart(program, parts);
  addEnv(program, parts);
  addHealth(program, { terminal, finish, dataOption: dataOption() });
  addStateCommands(program, { terminal, finish, settingOption });
  program.commandsGroup('Jobs and workers:');
  const log = (format: LogFormat) => logTo({ level: 'info', format }, logStream);
  addWorker(program, { terminal, finish, loadRunWorker: machinery.loadRunWorker, log });
  addJobs(program, terminal, dataOption);
  addLogs(program, terminal, dataOption);
  program.commandsGroup('Keys:');
  addKeys(program, terminal, dataOption);
  addRotateMasterKey(program, terminal, dataOption);
  addMasterKeys(program, { terminal, finish });
  program.commandsGroup('Partners:');
  addActionTypes(program, terminal, dataOption);
  addThirdPartyClients(program, terminal, dataOption);
  program.commandsGroup('Shell:');
  addCompletion(program, terminal);
}

/** Runs one command line (without node and script) and answers the exit code: 0 done, 1 could not run, 2 wrong options. */
export async function runCommandLine(args: string[], terminal: Terminal, machinery = builtIn): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = new Command('millrace')
    .description('A self-hosted continuous-delivery service that speaks the AWS CodePipeline API.')
    // Options stand behind the command they belong to: `worker --version 1` is not `--version`.
    .enablePositionalOptions()
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    })
    .showHelpAfterError('Try millrace --help.');
  const logStream = createLogStream(standardErrorOutput());
  process.once('exit', logStream.end);
  const parts = { terminal, machinery, finish, logStream };
  addCommands(program, parts);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failureCode(error, terminal);
  } finally {
    await logStream.flush(logFlushMs);
    process.off('exit', logStream.end);
  }
}
