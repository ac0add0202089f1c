import type { Command } from 'commander';
import { archiveLimitsOf } from '../config/archives.ts';
import type { LogFormat } from '../config/parsers.ts';
import { ConfigurationError, readSettings } from '../config/setting.ts';
import { type WorkerConfig, workerSettings } from '../config/worker.ts';
import type { RunningWorker, WorkerCommandOptions } from '../worker/command/worker-command.ts';
import type { Log } from '../worker/log.ts';
import type { JobCounts } from '../worker/loop/job-pool.ts';
import { waitSecondsFor } from '../worker/loop/job-source.ts';
import { settingOption } from './options.ts';
import { type CommandContext, untilStopped } from './terminal.ts';

/** What the command line asks the worker to run. */
export type WorkerInvocation = WorkerCommandOptions & { endpoint: string; region: string; logFormat: LogFormat };

/** What `millrace worker` needs of the program. */
interface WorkerContext<WorkerLog extends Log> extends CommandContext {
  log(format: LogFormat): WorkerLog;
  loadRunWorker(): Promise<(options: WorkerInvocation, log: WorkerLog) => Promise<RunningWorker>>;
}

/** Adds `millrace worker`, which runs until a signal, or until its own options end it. */
export function addWorker<WorkerLog extends Log>(
  program: Command,
  { finish, loadRunWorker, log, terminal }: WorkerContext<WorkerLog>,
): void {
  const command = program
    .command('worker')
    .description('Poll for the jobs of an action type and run a command for each; see docs/worker.md')
    .argument('[command...]', 'Command that performs one job, after --');
  for (const setting of Object.values(workerSettings)) command.addOption(settingOption(setting));
  command.action(async (commandLine: string[], flags: Record<string, unknown>) => {
    const options = readWorkerOptions(flags, { command: commandLine, env: terminal.env });
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

/** Checks the options of a worker; throws one `ConfigurationError` that lists all invalid ones. */
export function readWorkerOptions(
  flags: Record<string, unknown>,
  { command, env }: { command: string[]; env: Record<string, string | undefined> },
): WorkerInvocation {
  // An empty `--region` counts as unset.
  const given = { ...flags, region: flags.region || undefined };
  const { values, problems } = readSettings(workerSettings, { flags: given, env });
  // PollForJobs takes a map, but its model allows one entry only.
  if ((values.query?.length ?? 0) > 1) problems.push('--query: a poll can name one property only; give it once.');
  if (command.length === 0) problems.push('COMMAND: missing; give the command that performs a job after --.');
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...optionsOf(values as WorkerConfig), command };
}

function optionsOf(config: WorkerConfig): Omit<WorkerInvocation, 'command'> {
  const { category, concurrency, endpoint, logFormat, provider, region, version, workFolder } = config;
  const { idleExit, mask = [], once, output = [], pollInterval, query, stopGrace } = config;
  const idleExitMs = idleExit === undefined ? undefined : toMs(idleExit);
  const outputs: Record<string, string[]> = {};
  for (const { name, pattern } of output) outputs[name] = [...(outputs[name] ?? []), pattern];
  return {
    category,
    provider,
    version,
    concurrency,
    endpoint,
    region,
    waitSeconds: waitSecondsFor(idleExitMs),
    stopGraceMs: toMs(stopGrace),
    archiveLimits: archiveLimitsOf(config),
    outputs,
    masked: mask,
    logFormat,
    ...(query && { query: Object.fromEntries(query.map(({ key, value }) => [key, value])) }),
    ...(workFolder !== undefined && { workFolder }),
    ...(pollInterval !== undefined && { pollIntervalMs: toMs(pollInterval) }),
    ...(once && { maxJobs: 1 }),
    ...(idleExitMs !== undefined && { idleExitMs }),
  };
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

/**
 * Returns the exit code of a worker: 3 when a result could not be delivered, 4 when the one job of `--once` failed, 1
 * when it had `--once` or `--idle-exit` and every poll failed, else 0.
 */
export function workerExitCode(
  { idleExitMs, maxJobs }: Pick<WorkerCommandOptions, 'idleExitMs' | 'maxJobs'>,
  counts: JobCounts,
  isCutOff: boolean,
): number {
  if (counts.unreported > 0) return 3;
  if (maxJobs !== undefined && counts.Failed + counts.ended > 0) return 4;
  return isCutOff && (maxJobs !== undefined || idleExitMs !== undefined) ? 1 : 0;
}
