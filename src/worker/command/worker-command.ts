import type { ActionCategory } from '../../contract/generated.ts';
import type { ArchiveLimits } from '../archives/archive-limits.ts';
import type { Log } from '../log.ts';
import { createHttpJobSource } from '../loop/http-job-source.ts';
import type { JobCounts } from '../loop/job-pool.ts';
import { type PutLog, sendOutput } from '../loop/send-output.ts';
import { sleep } from '../loop/sleep.ts';
import { createWorker } from '../loop/worker.ts';
import { openArtifactTransfer } from '../transfer/artifact-transfer.ts';
import { printOutput, teeOutput } from './command-output.ts';
import { createCommandRunner } from './command-runner.ts';
import { ProcessGroups } from './process-groups.ts';

/** For AWS, which holds no polls; its own workers wait 30 s (behaviour A.2.6). */
const defaultPollIntervalMs = 5000;
const heartbeatMs = 60_000;
/** How long a command has after SIGTERM if the worker must end now. */
const hurriedKillMs = 500;
/** How long a worker that must end now may take to delete the folders of its jobs. */
const hurriedCleanUpMs = 200;

/** Options of `millrace worker`; the action type's owner is always Custom (behaviour A.2.1). */
export interface WorkerCommandOptions {
  category: ActionCategory;
  provider: string;
  version: string;
  /** The type's queryable property and the wanted value. */
  query?: Record<string, string>;
  concurrency: number;
  endpoint?: string;
  region?: string;
  pollIntervalMs?: number;
  /** How long Millrace may hold empty polls, at most 20 s. */
  waitSeconds?: number;
  stopGraceMs?: number;
  maxJobs?: number;
  idleExitMs?: number;
  archiveLimits: ArchiveLimits;
  /** Patterns by the name of the output artifact. */
  outputs?: Record<string, string[]>;
  /** Configuration properties to mask besides those declared secret. */
  masked?: string[];
  workFolder?: string;
  command: string[];
}

/** A running worker; `ended` resolves when it was stopped or ended because of its options. */
export interface RunningWorker {
  stop(): Promise<void>;
  /** Ends the running commands with every process they started, and reports their jobs as failed, within 3 s. */
  stopNow(): Promise<void>;
  /** Returns whether every poll so far has failed. */
  isCutOff(): boolean;
  ended: Promise<JobCounts>;
}

/**
 * Starts a worker that runs a command for each job. What the commands print goes to this process's output, and with
 * `putLog` also to the server.
 */
export async function runWorkerCommand(
  options: WorkerCommandOptions,
  log: Log,
  putLog?: PutLog,
): Promise<RunningWorker> {
  const { category, concurrency, endpoint, provider, query, region, version, waitSeconds } = options;
  const actionTypeId = { category, owner: 'Custom', provider, version } as const;
  const place = { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
  const source = createHttpJobSource({ actionTypeId, query, waitSeconds, log, ...place });
  const print = printOutput(process);
  const groups = new ProcessGroups();
  const killGroups = (): void => groups.killAll();
  // However this process ends, its commands must not outlive it.
  process.on('exit', killGroups);
  const cleanUps = new Set<Promise<void>>();
  const run = createCommandRunner({
    command: options.command,
    log,
    openOutput: putLog ? teeOutput(print, sendOutput(putLog, source.keys)) : print,
    openTransfer: (job) => openArtifactTransfer({ job, refresh: source.refresh, log, ...place }),
    archiveLimits: options.archiveLimits,
    outputs: options.outputs,
    secretProperties: async () => [...(await source.secretProperties()), ...(options.masked ?? [])],
    workRoot: options.workFolder,
    groups,
    deferCleanUp: (cleanUp) => void cleanUps.add(cleanUp),
  });
  const { idleExitMs, maxJobs, pollIntervalMs = defaultPollIntervalMs, stopGraceMs } = options;
  const limits = { concurrency, idleExitMs, maxJobs, pollIntervalMs, stopGraceMs, heartbeatMs };
  const worker = createWorker({ source, run, log, explain: source.explain, ...limits });
  worker.start();
  log.info({ actionTypeId, concurrency, query }, 'worker started');
  const hurry = new AbortController();
  return {
    isCutOff: worker.isCutOff,
    stop: worker.stop,
    stopNow() {
      hurry.abort();
      setTimeout(killGroups, hurriedKillMs).unref();
      return worker.stopNow();
    },
    ended: worker.ended.finally(async () => {
      source.close();
      const limit = hurry.signal.aborted
        ? sleep(hurriedCleanUpMs, new AbortController().signal)
        : new Promise<void>(() => undefined);
      await Promise.race([Promise.all(cleanUps), limit]);
      process.off('exit', killGroups);
    }),
  };
}
