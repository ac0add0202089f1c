import { describe, expect, it } from 'vitest';
import { jobs, QueueSource, silent, startOn, succeed, until } from '../../../test/support/workers/worker-harness.ts';
import type { RunJob } from './job-source.ts';
import type { Sleep } from './sleep.ts';

describe('polling', () => {
  it('performs a job and reports its outcome', async () => {
    const source = new QueueSource(jobs('a'));
    const { worker } = startOn(source, succeed);
    await until(() => source.succeeded.length === 1);
    await worker.stop();
    expect(source.succeeded).toEqual([['a', { executionDetails: { summary: 'done' } }]]);
  });

  it('never performs more jobs than it has slots, and polls only for the free ones', async () => {
    const source = new QueueSource(jobs('a', 'b', 'c', 'd', 'e', 'f', 'g'));
    let active = 0;
    let most = 0;
    const { worker } = startOn(
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

  it('takes no more jobs than it has slots from a server that returns too many', async () => {
    const source = new QueueSource();
    source.poll = async () => (source.polls.push(1) === 1 ? jobs('a', 'b') : []);
    const { worker } = startOn(source, succeed);
    await until(() => source.polls.length > 1);
    await worker.stop();
    expect(source.succeeded.map(([id]) => id)).toEqual(['a']);
  });

  it('waits the poll interval after an empty poll', async () => {
    const source = new QueueSource();
    const { worker, time } = startOn(source, succeed);
    await time.pass(7000);
    await until(() => source.polls.length === 2);
    await worker.stop();
  });

  it('polls again immediately after a held poll, and when there may be work', async () => {
    const source = new QueueSource();
    let now = 0;
    source.poll = async (slots) => {
      now += source.polls.push(slots) <= 2 ? 20_000 : 0;
      return [];
    };
    let announce: () => void = () => undefined;
    const waitForWork = () => new Promise<void>((resolve) => (announce = resolve));
    const { worker } = startOn(source, succeed, { now: () => now, waitForWork });
    await until(() => source.polls.length === 3);
    announce();
    await until(() => source.polls.length === 4);
    const stopping = worker.stop();
    announce();
    await stopping;
  });

  it('recovers when the server is back, after longer and longer pauses', async () => {
    const source = new QueueSource(jobs('a'));
    const answer = source.poll.bind(source);
    let failures = 3;
    source.poll = async (slots) => {
      failures -= 1;
      if (failures >= 0) throw new Error('connect ECONNREFUSED');
      return answer(slots);
    };
    const { worker, time } = startOn(source, succeed);
    for (const durationMs of [500, 1000, 2000]) await time.pass(durationMs);
    await until(() => source.succeeded.length === 1);
    await worker.stop();
  });
});

describe('ending without a signal', () => {
  it('ends after the last of its jobs, and does not count one that another worker took first', async () => {
    const source = new QueueSource(jobs('taken', 'a', 'b', 'c'));
    source.acknowledge = async ({ id }) => (id === 'taken' ? 'Failed' : 'InProgress');
    const { worker } = startOn(source, succeed, { maxJobs: 2, pollIntervalMs: 0, sleep: async () => undefined });
    expect(await worker.ended).toMatchObject({ Succeeded: 2, dropped: 1 });
    expect(source.succeeded.map(([id]) => id)).toEqual(['a', 'b']);
    expect(source.queue).toHaveLength(1);
  });

  it('counts jobs by how they ended', async () => {
    const source = new QueueSource(jobs('continued', 'failed', 'done'));
    const run: RunJob = async ({ id }) => {
      if (id === 'failed') throw new Error('no');
      return { status: 'Succeeded', ...(id === 'continued' ? { continuationToken: 'go on' } : {}) };
    };
    const { worker } = startOn(source, run, { maxJobs: 3 });
    expect(await worker.ended).toMatchObject({ Succeeded: 1, Continued: 1, Failed: 1 });
  });

  it('ends when no job has run for long enough', async () => {
    const source = new QueueSource(jobs('a'));
    let now = 0;
    const sleep: Sleep = async (durationMs) => {
      now += durationMs;
    };
    const { worker } = startOn(source, succeed, { idleExitMs: 20_000, now: () => now, sleep });
    expect(await worker.ended).toMatchObject({ Succeeded: 1 });
    expect(now).toBeGreaterThanOrEqual(20_000);
  });
});

it('logs a heartbeat', async () => {
  const lines: [object, string][] = [];
  const log = { ...silent, info: (fields: object, message: string) => void lines.push([fields, message]) };
  const { worker, time } = startOn(new QueueSource(), succeed, { heartbeatMs: 60_000, log });
  await time.pass(60_000);
  await until(() => lines.length === 1);
  expect(lines).toEqual([[expect.objectContaining({ running: [], Succeeded: 0 }), 'worker is alive']]);
  await worker.stop();
  expect(lines.at(-1)).toEqual([expect.objectContaining({ Succeeded: 0 }), 'worker ended: no jobs done']);
});
