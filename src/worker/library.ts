import type { ActionCategory, AWSSessionCredentials, ExecutionDetails } from '../contract/generated.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archives/archive-limits.ts';
import { failureOf } from './job-failure.ts';
import { type Log, warningsLog } from './log.ts';
import { createHttpJobSource } from './loop/http-job-source.ts';
import {
  checkOutputVariables,
  type JobOutcome,
  type JobSuccess,
  type RunJob,
  waitSecondsFor,
} from './loop/job-source.ts';
import { createWorker, type Worker } from './loop/worker.ts';
import { openArtifactTransfer } from './transfer/artifact-transfer.ts';
import { createWorkerJob, type WorkerJob } from './worker-job.ts';

/**
 * The library `millrace/worker`: job workers in TypeScript or JavaScript, for Millrace and for AWS. Only the names
 * exported here are public.
 */
export type { ArchiveLimits } from './archives/archive-limits.ts';
export { JobFailure } from './job-failure.ts';
export type { Log } from './log.ts';
export type { JobCounts } from './loop/job-pool.ts';
export type { JobSuccess as JobResult } from './loop/job-source.ts';
export { WorkEnded } from './loop/perform-job.ts';
export type { Worker } from './loop/worker.ts';
export type { InputArtifact, OutputArtifact, WorkerJob } from './worker-job.ts';

/** Options of a job worker; durations in ms. Endpoint, region and credentials default to those of the AWS SDK. */
export interface JobWorkerOptions<Configuration = Readonly<Record<string, string | undefined>>> {
  /** A custom action type (behaviour A.11). */
  actionType: { category: ActionCategory; provider: string; version: string };
  /** Performs one job. What it throws fails the job: a JobFailure with its own type, anything else as JobFailed. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is a job that succeeded.
  perform(job: WorkerJob<Configuration>): Promise<JobSuccess | void>;
  /** The type's queryable property and the value wanted. */
  query?: Record<string, string>;
  endpoint?: string;
  region?: string;
  credentials?: AWSSessionCredentials | { accessKeyId: string; secretAccessKey: string };
  /** Most jobs at a time; 1. */
  concurrency?: number;
  /** Pause after a poll that found nothing; 5 s. Matters little with Millrace, which holds such polls. */
  pollIntervalMs?: number;
  /** How long `stop` lets running jobs finish before aborting them; 30 s. */
  stopGraceMs?: number;
  /** How often to check whether a running job was stopped; 30 s. Needs codepipeline:ListActionExecutions. */
  watchIntervalMs?: number;
  /** How often to log that the worker is alive; 60 s. */
  heartbeatMs?: number;
  /** Stop after this many jobs. */
  maxJobs?: number;
  /** Stop when no job has run for this long. */
  idleExitMs?: number;
  /** Limits of input artifacts that are unpacked. */
  archiveLimits?: Partial<ArchiveLimits>;
  /** A pino logger, `console` or the like; by default warnings and errors go to standard error. */
  log?: Log;
}

/** Creates a worker: `start` it, `stop` it on SIGTERM, or wait for `ended`. */
export function createJobWorker<Configuration = Readonly<Record<string, string | undefined>>>(
  options: JobWorkerOptions<Configuration>,
): Worker {
  const { actionType, credentials, endpoint, query, region } = options;
  const log = options.log ?? warningsLog;
  const place = { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
  const source = createHttpJobSource({
    actionTypeId: { ...actionType, owner: 'Custom' },
    query,
    waitSeconds: waitSecondsFor(options.idleExitMs),
    log,
    ...(credentials === undefined ? {} : { credentials }),
    ...place,
  });
  const archiveLimits = { ...defaultArchiveLimits, ...options.archiveLimits };
  const run: RunJob = async (job, signal) => {
    const transfer = openArtifactTransfer({ job, refresh: source.refresh, log, ...place });
    let details: ExecutionDetails | undefined;
    const keepDetails = (more: ExecutionDetails): void => {
      details = { ...details, ...more };
    };
    try {
      const workerJob = createWorkerJob<Configuration>(job, { transfer, archiveLimits, signal, keepDetails });
      return outcomeOf((await options.perform(workerJob)) ?? {}, details);
    } catch (error) {
      if (!signal.aborted) log.warn({ jobId: job.id, err: error }, 'job failed');
      const { externalExecutionId } = details ?? {};
      const failureDetails = { ...failureOf(error), ...(externalExecutionId ? { externalExecutionId } : {}) };
      return { status: 'Failed', failureDetails };
    } finally {
      transfer.close();
    }
  };
  const { concurrency = 1, heartbeatMs = 60_000, pollIntervalMs = 5000 } = options;
  const { idleExitMs, maxJobs, stopGraceMs, watchIntervalMs } = options;
  const limits = { idleExitMs, maxJobs, stopGraceMs, watchIntervalMs };
  const { explain } = source;
  const worker = createWorker({ source, run, log, explain, concurrency, heartbeatMs, pollIntervalMs, ...limits });
  return { ...worker, ended: worker.ended.finally(() => source.close()) };
}

function outcomeOf(result: JobSuccess, progress: ExecutionDetails | undefined): JobOutcome {
  if (result.outputVariables) checkOutputVariables(result.outputVariables);
  const executionDetails = { ...progress, ...result.executionDetails };
  const hasNoDetails = Object.keys(executionDetails).length === 0;
  return { status: 'Succeeded', ...result, ...(hasNoDetails ? {} : { executionDetails }) };
}
