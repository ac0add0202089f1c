import { describe, expect, it } from 'vitest';
import type { FailureDetails, Job, JobStatus } from '../contract/generated.ts';
import type { JobSource, JobSuccess, RunJob } from './job-source.ts';
import type { Pause } from './pause.ts';
import { createWorker, type WorkerOptions } from './worker.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Pausing {
  durationMs: number;
  end(): void;
}

/** Time that stands still until a test ends a pause. */
function stoppedTime() {
  const pauses = new Set<Pausing>();
  const pause: Pause = (durationMs, signal) =>
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
    pause,
    /** Waits until somebody pauses for so long, then ends that pause. */
    async pass(durationMs: number) {
      await until(() => find(durationMs) !== undefined);
      find(durationMs)?.end();
    },
    isPausing: (durationMs: number) => find(durationMs) !== undefined,
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the awaited condition never came true');
}

function jobs(...ids: string[]): Job[] {
  return ids.map((id) => ({ id, nonce: '3', data: {} }));
}

class QueueSource implements JobSource {
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

const succeed: RunJob = async () => ({ status: 'Succeeded', executionDetails: { summary: 'done' } });

function start(source: JobSource, run: RunJob, options: Partial<WorkerOptions> = {}) {
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
  const worker = createWorker({ ...fixed, pause: time.pause, ...options });
  worker.start();
  return { worker, time };
}

describe('polling', () => {
  it('performs a job and reports its outcome', async () => {
    const source = new QueueSource(jobs('a'));
    const { worker } = start(source, succeed);
    await until(() => source.succeeded.length === 1);
    await worker.stop();
    expect(source.succeeded).toEqual([['a', { executionDetails: { summary: 'done' } }]]);
  });

  it('never performs more jobs than it has places, and asks only for the free ones', async () => {
    const source = new QueueSource(jobs('a', 'b', 'c', 'd', 'e', 'f', 'g'));
    let active = 0;
    let most = 0;
    const { worker } = start(
      source,
      async () => {
        active += 1;
        most = Math.max(most, active);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
        return { status: 'Succeeded' };
      },
      { concurrency: 3 },
    );
    await until(() => source.succeeded.length === 7);
    await worker.stop();
    expect(most).toBe(3);
    expect(Math.max(...source.polls)).toBe(3);
    expect(source.polls).not.toContain(0);
  });

  it('takes no more than its places from a server that hands out too many', async () => {
    const source = new QueueSource();
    source.poll = async () => (source.polls.push(1) === 1 ? jobs('a', 'b') : []);
    const { worker } = start(source, succeed);
    await until(() => source.polls.length > 1);
    await worker.stop();
    expect(source.succeeded.map(([id]) => id)).toEqual(['a']);
  });

  it('waits the poll interval after an empty poll', async () => {
    const source = new QueueSource();
    const { worker, time } = start(source, succeed);
    await time.pass(7000);
    await until(() => source.polls.length === 2);
    await worker.stop();
  });

  it('polls again at once after a poll the server held, and when told that there is work', async () => {
    const source = new QueueSource();
    let now = 0;
    source.poll = async (places) => {
      now += source.polls.push(places) <= 2 ? 20_000 : 0;
      return [];
    };
    let tell: () => void = () => undefined;
    const waitForWork = () => new Promise<void>((resolve) => (tell = resolve));
    const { worker } = start(source, succeed, { now: () => now, waitForWork });
    await until(() => source.polls.length === 3);
    tell();
    await until(() => source.polls.length === 4);
    const stopping = worker.stop();
    tell();
    await stopping;
  });

  it('goes on after the server was away, waiting longer each time', async () => {
    const source = new QueueSource(jobs('a'));
    const answer = source.poll.bind(source);
    let failures = 3;
    source.poll = async (places) => {
      failures -= 1;
      if (failures >= 0) throw new Error('connect ECONNREFUSED');
      return answer(places);
    };
    const { worker, time } = start(source, succeed);
    for (const durationMs of [500, 1000, 2000]) await time.pass(durationMs);
    await until(() => source.succeeded.length === 1);
    await worker.stop();
  });
});

describe('stopping', () => {
  const untilAborted: RunJob = (_job, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  it('lets running jobs finish', async () => {
    const source = new QueueSource(jobs('a', 'b'));
    let finish: (() => void) | undefined;
    const { worker } = start(source, async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return { status: 'Succeeded' };
    });
    await until(() => finish !== undefined);
    const stopping = worker.stop();
    finish?.();
    await stopping;
    expect(source.succeeded.map(([id]) => id)).toEqual(['a']);
    expect(source.queue).toHaveLength(1);
  });

  it('aborts after the grace and says so to the server', async () => {
    const source = new QueueSource(jobs('a'));
    const { worker, time } = start(source, untilAborted);
    await until(() => source.queue.length === 0);
    const stopping = worker.stop();
    await time.pass(9000);
    await stopping;
    expect(source.failed).toEqual([
      ['a', { type: 'JobFailed', message: 'The worker was stopped before the job was done.' }],
    ]);
  });

  it('leaves a leased job to the next node', async () => {
    const source = Object.assign(new QueueSource(jobs('a')), { renew: async () => true });
    const { worker, time } = start(source, untilAborted);
    await until(() => source.queue.length === 0);
    const stopping = worker.stop();
    await time.pass(9000);
    await stopping;
    expect(source.failed).toEqual([]);
  });

  it('gives up a report that nobody takes', async () => {
    const source = Object.assign(new QueueSource(jobs('a')), { isOver: async () => false });
    source.succeed = async () => {
      throw new Error('connect ECONNREFUSED');
    };
    const { worker, time } = start(source, succeed);
    await until(() => time.isPausing(30_000));
    const stopping = worker.stop();
    await time.pass(9000);
    await time.pass(15_000);
    await stopping;
    expect(await worker.ended).toMatchObject({ unreported: 1 });
  });
});

describe('ending by itself', () => {
  it('ends after the last of its jobs, and does not count one that another worker was faster to take', async () => {
    const source = new QueueSource(jobs('taken', 'a', 'b', 'c'));
    source.acknowledge = async ({ id }) => (id === 'taken' ? 'Failed' : 'InProgress');
    const { worker } = start(source, succeed, { maxJobs: 2, pollIntervalMs: 0, pause: async () => undefined });
    expect(await worker.ended).toMatchObject({ Succeeded: 2, dropped: 1 });
    expect(source.succeeded.map(([id]) => id)).toEqual(['a', 'b']);
    expect(source.queue).toHaveLength(1);
  });

  it('counts how jobs ended', async () => {
    const source = new QueueSource(jobs('continued', 'failed', 'done'));
    const run: RunJob = async ({ id }) => {
      if (id === 'failed') throw new Error('no');
      return { status: 'Succeeded', ...(id === 'continued' ? { continuationToken: 'go on' } : {}) };
    };
    const { worker } = start(source, run, { maxJobs: 3 });
    expect(await worker.ended).toMatchObject({ Succeeded: 1, Continued: 1, Failed: 1 });
  });

  it('ends when no job ran for so long', async () => {
    const source = new QueueSource(jobs('a'));
    let now = 0;
    const pause: Pause = async (durationMs) => {
      now += durationMs;
    };
    const { worker } = start(source, succeed, { idleExitMs: 20_000, now: () => now, pause });
    expect(await worker.ended).toMatchObject({ Succeeded: 1 });
    expect(now).toBeGreaterThanOrEqual(20_000);
  });
});

it('says that it is alive', async () => {
  const lines: [object, string][] = [];
  const log = { ...silent, info: (fields: object, message: string) => void lines.push([fields, message]) };
  const { worker, time } = start(new QueueSource(), succeed, { heartbeatMs: 60_000, log });
  await time.pass(60_000);
  await until(() => lines.length === 1);
  expect(lines).toEqual([[expect.objectContaining({ running: [], Succeeded: 0 }), 'worker is alive']]);
  await worker.stop();
});
