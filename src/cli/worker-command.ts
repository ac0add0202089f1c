import type { Command } from 'commander';
import type { LogFormat } from '../config/parsers.ts';
import type { RunningWorker } from '../worker/command/worker-command.ts';
import type { Log } from '../worker/log.ts';
import { collect } from './repeated-option.ts';
import { type Terminal, untilStopped } from './terminal.ts';
import { readWorkerOptions, type WorkerFlags, type WorkerOptions, workerDefaults, workerExitCode } from './worker.ts';

/** What `millrace worker` needs of the program around it. */
export interface WorkerParts<WorkerLog extends Log> {
  terminal: Terminal;
  log(format: LogFormat): WorkerLog;
  loadRunWorker(): Promise<(options: WorkerOptions, log: WorkerLog) => Promise<RunningWorker>>;
  /** Records the exit code. */
  finish(code: number): void;
}

/** Declares `millrace worker`: it runs until a signal, or until its own options end it. */
export function addWorker<WorkerLog extends Log>(
  program: Command,
  { finish, loadRunWorker, log, terminal }: WorkerParts<WorkerLog>,
): void {
  program
    .command('worker')
    .description('poll for the jobs of an action type and run a command for each; docs/worker.md has all of it')
    .requiredOption('--category <category>', 'category of the action type, such as Build')
    .requiredOption('--provider <name>', 'provider of the action type')
    .requiredOption('--version <text>', 'version of the action type')
    .option('--query <KEY=VALUE>', 'take only jobs whose queryable property has this value', collect)
    .option('--concurrency <jobs>', 'most jobs at a time', workerDefaults.concurrency)
    .option('--output <NAME=PATH>', 'store this folder, file or glob as output artifact NAME; repeatable', collect)
    .option('--mask <property>', 'mask the value of this configuration property in all output; repeatable', collect)
    .option('--endpoint <url>', 'URL of the server [AWS_ENDPOINT_URL]')
    .option('--region <name>', 'region [AWS_REGION, AWS_DEFAULT_REGION, else us-east-1]')
    .option('--poll-interval <seconds>', 'pause between polls that found nothing')
    .option('--once', 'end after one job, with 4 if it failed')
    .option('--idle-exit <seconds>', 'end when no job ran for so long')
    .option('--stop-grace <seconds>', 'how long a stopped worker lets jobs finish', workerDefaults.stopGrace)
    .option('--work-folder <folder>', "where the folders of jobs are made [the system's temporary folder]")
    .option('--archive-entries <number>', 'most entries of an input artifact', workerDefaults.archiveEntries)
    .option('--archive-mib <MiB>', 'most MiB an input artifact may unpack to', workerDefaults.archiveMib)
    .option('--archive-ratio <number>', 'most times its size it may unpack to', workerDefaults.archiveRatio)
    .option('--log-format <format>', 'form of the log: text, json, or auto (text on a terminal)', 'auto')
    .argument('[command...]', 'command that does the work of one job, after --')
    .action(async (command: string[], flags: WorkerFlags) => {
      const options = readWorkerOptions(flags, { command, env: terminal.env });
      const runWorker = await loadRunWorker();
      let worker: RunningWorker | undefined;
      const stopped = untilStopped(terminal, {
        signals: ['SIGTERM', 'SIGINT', 'SIGHUP'],
        hurry: () => void worker?.stopNow(),
      });
      worker = await runWorker(options, log(options.logFormat));
      void stopped.then(() => worker?.stop());
      const counts = await worker.ended;
      finish(workerExitCode(options, counts, worker.isCutOff()));
    });
}
