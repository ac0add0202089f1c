import { Command } from 'commander';
import { pino } from 'pino';
import { addActionTypes, addThirdPartyClients } from './cli/action-types.ts';
import { addBuild } from './cli/build.ts';
import { addCompletion } from './cli/completion.ts';
import { addEnv } from './cli/env.ts';
import { addEvents } from './cli/events.ts';
import { addHealth } from './cli/health.ts';
import { addHooks } from './cli/hooks.ts';
import { createPutLog } from './cli/jobs/job-log-call.ts';
import { addJobs } from './cli/jobs/jobs.ts';
import { addLogs } from './cli/jobs/logs.ts';
import { addKeys, addRotateMasterKey } from './cli/keys.ts';
import { addLint } from './cli/lint.ts';
import { createLogStream, type LogStream } from './cli/log-stream.ts';
import { addMasterKeys } from './cli/master-keys.ts';
import { settingOption } from './cli/options.ts';
import { reportError } from './cli/report-error.ts';
import { addApply, addAudit, addResources } from './cli/resources.ts';
import { addRun } from './cli/run.ts';
import { addRunner } from './cli/runner.ts';
import { standardErrorOutput } from './cli/standard-error.ts';
import { runStart, type StartServer } from './cli/start.ts';
import { addStateCommands } from './cli/state-commands.ts';
import type { CommandContext, Terminal } from './cli/terminal.ts';
import { textLine } from './cli/text-log.ts';
import { addWorker, type WorkerInvocation } from './cli/worker.ts';
import { readConfig, settings } from './config/config.ts';
import type { LogFormat } from './config/parsers.ts';
import { packageVersion } from './config/version.ts';
import type { RunningWorker } from './worker/command/worker-command.ts';

/** What commands run; loaded only when a command needs it, so that `millrace env` starts fast. */
export interface Machinery {
  loadStartServer(): Promise<StartServer>;
  loadRunWorker(): Promise<(options: WorkerInvocation, log: ReturnType<typeof logTo>) => Promise<RunningWorker>>;
}

const builtIn: Machinery = {
  loadStartServer: async () => (await import('./server/start-server.ts')).startServer,
  loadRunWorker: async () => {
    // On Node.js 20 the SDK warns that its future versions need a newer one; this package pins its version.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    const { runWorkerCommand } = await import('./worker/command/worker-command.ts');
    return (options, log) => runWorkerCommand(options, log, createPutLog(options.endpoint, options.region));
  },
};

/** How long the end of a command waits for its log to be written. */
const logFlushMs = 2000;

/** Logs to standard error: standard output is for the ready line and the output of commands. */
function logTo({ level, format }: { level: string; format: LogFormat }, stream: LogStream) {
  const isTerminal = process.stderr.isTTY === true;
  if (format === 'json' || (format === 'auto' && !isTerminal)) return pino({ level }, stream);
  const hasColor = isTerminal && process.stderr.hasColors();
  return pino({ level }, { write: (line: string) => stream.write(textLine(line, { hasColor })) });
}

function addStart(program: Command, { terminal, finish, machinery, logStream }: ProgramContext): void {
  const command = program.command('start').description('Start the server and run it until SIGTERM or SIGINT');
  for (const setting of Object.values(settings)) {
    if (setting.option !== undefined) command.addOption(settingOption(setting));
  }
  const secrets = Object.values(settings).filter(({ option }) => option === undefined);
  command.addHelpText('after', `\nFrom the environment only:\n${secrets.map(({ env }) => `  ${env}`).join('\n')}`);
  command.action(async (flags: Record<string, unknown>) => {
    const config = readConfig({ flags, env: terminal.env });
    const startServer = await machinery.loadStartServer();
    const { countDropped } = logStream;
    const log = logTo({ level: config.logLevel, format: config.logFormat }, logStream);
    finish(await runStart(config, { startServer, log, countDroppedLogLines: countDropped, terminal }));
  });
}

interface ProgramContext extends CommandContext {
  machinery: Machinery;
  logStream: LogStream;
}

/** Adds the commands in the groups in which help lists them. */
function addCommands(program: Command, parts: ProgramContext): void {
  const { terminal, machinery, logStream } = parts;
  program.commandsGroup('Server:');
  addStart(program, parts);
  addEnv(program, terminal);
  addHealth(program, parts);
  addStateCommands(program, terminal);
  program.commandsGroup('Jobs and workers:');
  const log = (format: LogFormat) => logTo({ level: 'info', format }, logStream);
  addWorker(program, { ...parts, loadRunWorker: machinery.loadRunWorker, log });
  addRunner(program, { ...parts, log });
  addJobs(program, terminal);
  addLogs(program, terminal);
  program.commandsGroup('On this machine:');
  addRun(program, parts);
  addBuild(program, parts);
  addLint(program, parts);
  program.commandsGroup('Keys:');
  addKeys(program, terminal);
  addRotateMasterKey(program, terminal);
  addMasterKeys(program, terminal);
  program.commandsGroup('Resources:');
  addApply(program, terminal);
  addResources(program, terminal);
  addHooks(program, terminal);
  addAudit(program, terminal);
  program.commandsGroup('Events:');
  addEvents(program, terminal);
  program.commandsGroup('Partners:');
  addActionTypes(program, terminal);
  addThirdPartyClients(program, terminal);
  program.commandsGroup('Shell:');
  addCompletion(program, terminal);
}

/** Runs one command line and returns the exit code: 0 done, 1 could not run, 2 invalid options. */
export async function runCommandLine(args: string[], terminal: Terminal, machinery = builtIn): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = new Command('millrace')
    .description('A self-hosted continuous-delivery service that speaks the AWS CodePipeline API')
    // Options follow the command they belong to: `worker --version 1` is not `--version`.
    .enablePositionalOptions()
    .version(packageVersion(), '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .helpCommand('help [command]', 'Print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    })
    .showHelpAfterError('Run millrace --help for a list of commands and options.');
  const logStream = createLogStream(standardErrorOutput());
  process.once('exit', logStream.end);
  const parts = { terminal, machinery, finish, logStream };
  addCommands(program, parts);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, terminal);
  } finally {
    await logStream.flush(logFlushMs);
    process.off('exit', logStream.end);
  }
}
