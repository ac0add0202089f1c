import type { Job } from '../../contract/generated.ts';
import { failureOf } from '../job-failure.ts';
import type { Log } from '../log.ts';
import type { JobEnd, JobOutcome, JobSource, RunJob } from './job-source.ts';
import { report } from './report.ts';
import { isRefusal, type RetryOptions, retryUntilSettled } from './retry-until-settled.ts';
import type { Sleep } from './sleep.ts';

type EndReason = 'stopped' | 'lost' | 'over';

const endSentences: Record<EndReason, string> = {
  stopped: 'The worker was stopped before the job was done.',
  lost: 'The lease of the job was lost.',
  over: 'The action ended while the job was running: it was stopped, timed out, or its pipeline was deleted.',
};

/** Why a job was aborted: the worker stops, another node may have the job, or its result is no longer needed. */
export class WorkEnded extends Error {
  readonly why: EndReason;

  constructor(why: EndReason) {
    super(endSentences[why]);
    this.name = 'WorkEnded';
    this.why = why;
  }
}

/** What performing a job needs. */
export interface PerformOptions {
  source: JobSource;
  run: RunJob;
  log: Log;
  sleep: Sleep;
  /** How often to extend the lease of a job claimed in process; used with `source.renew`. */
  renewIntervalMs: number;
  /** How often to check whether the job is over; used with `source.isOver`. */
  watchIntervalMs: number;
  /** Aborts the work; its reason is always a `WorkEnded`. */
  work: AbortController;
  /** Aborted when even the reports must end. */
  reporting: AbortSignal;
}

/** Takes one polled job from acknowledgement to report. Never rejects; errors are reported or logged. */
export async function performJob(job: Job, options: PerformOptions): Promise<JobEnd> {
  const { log, sleep, reporting, source } = options;
  const retry: RetryOptions = { jobId: job.id, log, sleep, signal: reporting, what: 'acknowledge' };
  if (!(await isOurs(job, source, retry))) return 'dropped';
  const { pipelineName, stage, action } = job.data?.pipelineContext ?? {};
  log.info({ jobId: job.id, pipelineName, stage: stage?.name, action: action?.name }, 'job taken');
  const watch = new AbortController();
  const watching = Promise.all([keepLease(job, options, watch.signal), watchForEnd(job, options, watch.signal)]);
  try {
    return await reportOutcome(job, await runToOutcome(job, options), options, { ...retry, what: 'report' });
  } finally {
    watch.abort();
    await watching;
  }
}

async function reportOutcome(
  job: Job,
  outcome: JobOutcome,
  { log, source, work }: PerformOptions,
  retry: RetryOptions,
): Promise<JobEnd> {
  const ended: unknown = work.signal.reason;
  if (ended instanceof WorkEnded && ended.why !== 'stopped') {
    log.warn({ jobId: job.id }, `no result is reported: ${ended.message}`);
    return 'ended';
  }
  if (ended instanceof WorkEnded && outcome.status === 'Failed') {
    // A leased job is offered again; an acknowledged custom job never is (decision 3), so it must be failed.
    if (source.renew) {
      // Without this it is offered when its lease ends.
      await source.leave?.(job).catch((error: unknown) => log.warn({ jobId: job.id, err: error }, 'lease not ended'));
      log.info({ jobId: job.id }, 'job left to another node');
      return 'ended';
    }
    const failureDetails = { ...outcome.failureDetails, message: ended.message };
    return await report(source, job, { status: 'Failed', failureDetails }, retry);
  }
  return await report(source, job, outcome, retry);
}

async function isOurs(job: Job, source: JobSource, retry: RetryOptions): Promise<boolean> {
  const { jobId, log } = retry;
  try {
    const status = await retryUntilSettled(() => source.acknowledge(job), retry);
    if (status === 'InProgress') return true;
    log.info({ jobId, status }, 'job dropped: it is not ours');
  } catch (error) {
    if (isRefusal(error))
      log.info({ jobId, refusal: error.name }, 'job dropped: another worker has it, or it no longer exists');
    else log.error({ jobId, err: error }, 'job dropped: it could not be acknowledged');
  }
  return false;
}

async function runToOutcome(job: Job, { log, run, work }: PerformOptions): Promise<JobOutcome> {
  try {
    return await run(job, work.signal);
  } catch (error) {
    if (!work.signal.aborted) log.warn({ jobId: job.id, err: error }, 'job failed');
    return { status: 'Failed', failureDetails: failureOf(error) };
  }
}

async function keepLease(job: Job, options: PerformOptions, signal: AbortSignal): Promise<void> {
  const { log, sleep, renewIntervalMs, source, work } = options;
  if (!source.renew) return;
  for (;;) {
    await sleep(renewIntervalMs, signal);
    if (signal.aborted) return;
    try {
      if (await source.renew(job)) continue;
      work.abort(new WorkEnded('lost'));
      return;
    } catch (error) {
      // The store may be back before the lease ends; otherwise the late result is rejected (decision 10).
      log.warn({ jobId: job.id, err: error }, 'could not renew the lease of the job; retrying');
    }
  }
}

/** Asks whether the job was stopped: the protocol does not notify workers (behaviour A.3). */
async function watchForEnd(job: Job, options: PerformOptions, signal: AbortSignal): Promise<void> {
  const { log, sleep, source, watchIntervalMs, work } = options;
  if (!source.isOver) return;
  for (;;) {
    await sleep(watchIntervalMs, signal);
    if (signal.aborted) return;
    try {
      if (!(await source.isOver(job))) continue;
      work.abort(new WorkEnded('over'));
      return;
    } catch (error) {
      log.warn({ jobId: job.id, err: error }, 'could not check whether the job is over');
    }
  }
}
