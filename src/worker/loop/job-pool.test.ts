import { describe, expect, it } from 'vitest';
import { jobs, QueueSource, startOn, succeed, until } from '../../../test/support/workers/worker-harness.ts';
import type { RunJob } from './job-source.ts';

const untilAborted: RunJob = (_job, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('stopping', () => {
  it('lets running jobs finish', async () => {
    const source = new QueueSource(jobs('a', 'b'));
    let finish: (() => void) | undefined;
    const { worker } = startOn(source, async () => {
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

  it('aborts jobs after the grace period and reports their failure', async () => {
    const source = new QueueSource(jobs('a'));
    const { worker, time } = startOn(source, untilAborted);
    await until(() => source.queue.length === 0);
    const stopping = worker.stop();
    await time.pass(9000);
    await stopping;
    expect(source.failed).toEqual([
      ['a', { type: 'JobFailed', message: 'The worker was stopped before the job was done.' }],
    ]);
  });

  it('leaves a leased job to another node', async () => {
    const source = Object.assign(new QueueSource(jobs('a')), { renew: async () => true });
    const { worker, time } = startOn(source, untilAborted);
    await until(() => source.queue.length === 0);
    const stopping = worker.stop();
    await time.pass(9000);
    await stopping;
    expect(source.failed).toEqual([]);
  });

  it('gives up on a report that cannot be delivered', async () => {
    const source = Object.assign(new QueueSource(jobs('a')), { isOver: async () => false });
    source.succeed = async () => {
      throw new Error('connect ECONNREFUSED');
    };
    const { worker, time } = startOn(source, succeed);
    await until(() => time.isPausing(30_000));
    const stopping = worker.stop();
    await time.pass(9000);
    await time.pass(15_000);
    await stopping;
    expect(await worker.ended).toMatchObject({ unreported: 1 });
  });
});

describe('stopping now', () => {
  it('aborts jobs without a grace period, also while the worker waits for them, and reports the failure', async () => {
    const source = new QueueSource(jobs('a'));
    const { worker } = startOn(source, untilAborted);
    await until(() => source.queue.length === 0);
    const stopping = worker.stop();
    await worker.stopNow();
    await stopping;
    expect(source.failed).toEqual([
      ['a', { type: 'JobFailed', message: 'The worker was stopped before the job was done.' }],
    ]);
    expect(await worker.ended).toMatchObject({ Failed: 1, unreported: 0 });
  });

  it('ends within 3 s even if a report gets no response, and counts it as undelivered', async () => {
    const source = new QueueSource(jobs('a'));
    source.fail = () => new Promise(() => undefined);
    const { worker, time } = startOn(source, untilAborted);
    await until(() => source.queue.length === 0);
    const stopping = worker.stopNow();
    await time.pass(2300);
    await time.pass(300);
    await stopping;
    expect(await worker.ended).toMatchObject({ Failed: 0, unreported: 1 });
  });
});
