import type { FailureDetails, Job, JobStatus } from '../../../src/contract/generated.ts';
import type { JobSource, JobSuccess, RunJob } from '../../../src/worker/loop/job-source.ts';
import type { Sleep } from '../../../src/worker/loop/sleep.ts';
import { createWorker, type WorkerOptions } from '../../../src/worker/loop/worker.ts';

/** A log without output. */
export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Pausing {
  durationMs: number;
  end(): void;
}

/** A clock that stops until a test ends a pause. */
function stoppedTime() {
  const pauses = new Set<Pausing>();
  const sleep: Sleep = (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const pausing: Pausing = {
        durationMs,
        end() {
          pauses.delete(pausing);
          resolve();
        },
      };
      pauses.add(pausing);
      signal.addEventListener('abort', pausing.end, { once: true });
    });
  const find = (durationMs: number) => [...pauses].find((pausing) => pausing.durationMs === durationMs);
  return {
    sleep,
    /** Waits for a pause of this length, then ends it. */
    async pass(durationMs: number) {
      await until(() => find(durationMs) !== undefined);
      find(durationMs)?.end();
    },
    isPausing: (durationMs: number) => find(durationMs) !== undefined,
  };
}

/** Waits for a condition, one turn of the event loop at a time. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the awaited condition never came true');
}

/** Returns jobs with these ids. */
export function jobs(...ids: string[]): Job[] {
  return ids.map((id) => ({ id, nonce: '3', data: {} }));
}

/** A source that returns the jobs of a list and records the results. */
export class QueueSource implements JobSource {
  readonly queue: Job[];
  readonly polls: number[] = [];
  readonly succeeded: [string | undefined, JobSuccess][] = [];
  readonly failed: [string | undefined, FailureDetails][] = [];

  constructor(queue: Job[] = []) {
    this.queue = queue;
  }

  async poll(maxBatchSize: number): Promise<Job[]> {
    this.polls.push(maxBatchSize);
    return this.queue.splice(0, maxBatchSize);
  }

  async acknowledge(_job: Job): Promise<JobStatus> {
    return 'InProgress';
  }

  async succeed(job: Job, success: JobSuccess): Promise<void> {
    this.succeeded.push([job.id, success]);
  }

  async fail(job: Job, failure: FailureDetails): Promise<void> {
    this.failed.push([job.id, failure]);
  }
}

/** Work that always succeeds. */
export const succeed: RunJob = async () => ({ status: 'Succeeded', executionDetails: { summary: 'done' } });

/** Starts a worker of this source on a stopped clock. */
export function startOn(source: JobSource, run: RunJob, options: Partial<WorkerOptions> = {}) {
  const time = stoppedTime();
  const fixed = {
    source,
    run,
    concurrency: 1,
    pollIntervalMs: 7000,
    log: silent,
    now: () => 0,
    stopGraceMs: 9000,
    random: () => 0,
  };
  const worker = createWorker({ ...fixed, sleep: time.sleep, ...options });
  worker.start();
  return { worker, time };
}
