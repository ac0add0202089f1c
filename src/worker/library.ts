import type { ActionCategory, AWSSessionCredentials, ExecutionDetails } from '../contract/generated.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archives/archive-limits.ts';
import { failureOf } from './job-failure.ts';
import { type Log, warningsLog } from './log.ts';
import { createHttpJobSource } from './loop/http-job-source.ts';
import { checkOutputVariables, type JobOutcome, type RunJob, waitSecondsFor } from './loop/job-source.ts';
import { createWorker, type Worker } from './loop/worker.ts';
import { openArtifactTransfer } from './transfer/artifact-transfer.ts';
import { createWorkerJob, type JobResult, type WorkerJob } from './worker-job.ts';

/**
 * What `import … from 'millrace/worker'` gives: job workers in TypeScript or JavaScript, for Millrace and for AWS. Only
 * the names exported here are its interface.
 */
export type { ArchiveLimits } from './archives/archive-limits.ts';
export { JobFailure } from './job-failure.ts';
export type { Log } from './log.ts';
export type { JobCounts } from './loop/job-pool.ts';
export { WorkEnded } from './loop/perform-job.ts';
export type { Worker } from './loop/worker.ts';
export type { InputArtifact, JobResult, OutputArtifact, WorkerJob } from './worker-job.ts';

/** A job worker's settings; durations in ms. Endpoint, region and credentials are the AWS SDK's own unless given. */
export interface JobWorkerOptions<Configuration = Readonly<Record<string, string | undefined>>> {
  /** A custom action type (behaviour A.11). */
  actionType: { category: ActionCategory; provider: string; version: string };
  /** Does the work of one job. What it throws fails the job: a JobFailure with its own type, all else as JobFailed. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that answers nothing is a job that ended well.
  perform(job: WorkerJob<Configuration>): Promise<JobResult | void>;
  /** The type's queryable property and the value wanted. */
  query?: Record<string, string>;
  endpoint?: string;
  region?: string;
  credentials?: AWSSessionCredentials | { accessKeyId: string; secretAccessKey: string };
  /** Most jobs at a time; 1. */
  concurrency?: number;
  /** Pause between two polls that found nothing; 5 s. Millrace holds such polls, so there it hardly matters. */
  pollIntervalMs?: number;
  /** How long `stop` lets running jobs finish before it aborts them; 30 s. */
  stopGraceMs?: number;
  /** How often it is asked whether a running job was stopped; 30 s. Needs codepipeline:ListActionExecutions. */
  watchIntervalMs?: number;
  /** How often a line in the log says that the worker is alive; 60 s. */
  heartbeatMs?: number;
  /** Ends by itself after so many jobs. */
  maxJobs?: number;
  /** Ends by itself when no job ran for so long. */
  idleExitMs?: number;
  /** How far input artifacts may reach when they are unpacked. */
  archiveLimits?: Partial<ArchiveLimits>;
  /** Where the log goes; pino's loggers and `console` fit. Warnings and errors go to standard error unless given. */
  log?: Log;
}

/** Builds a worker: `start` it, `stop` it on SIGTERM, or wait for `ended`. */
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

function outcomeOf(result: JobResult, progress: ExecutionDetails | undefined): JobOutcome {
  if (result.outputVariables) checkOutputVariables(result.outputVariables);
  const executionDetails = { ...progress, ...result.executionDetails };
  const isSilent = Object.keys(executionDetails).length === 0;
  return { status: 'Succeeded', ...result, ...(isSilent ? {} : { executionDetails }) };
}
