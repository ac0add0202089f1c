import { beforeEach, describe, expect, test } from 'vitest';
import { jobProgress } from '../../src/engine/events/job-progress.ts';
import { customActionTimeoutMs } from '../../src/model/job.ts';
import { action, actionType, declare, scope, source, stage, twoStages } from '../support/pipelines/declarations.ts';
import { leaseMs, type OpenStore, useBench } from './bench.ts';

/** After a claim: acknowledgement, renewal, deadline. */
export function deliveryCases(open: OpenStore): void {
  const bench = useBench(open);
  let jobId: string;
  beforeEach(async () => {
    await bench.create();
    jobId = (await bench.claimOne()).job.id;
  });
  const acknowledge = async (nonce: string) => {
    const answer = await bench.store.jobs.acknowledge(jobId, nonce);
    return answer && { status: answer.job.status, winningNonce: answer.winningNonce };
  };
  /** Lets the lease end and claims again. */
  const redeliver = async () => {
    bench.clock.pass(leaseMs);
    await bench.claimOne();
  };

  describe('the acknowledgement (decision 1)', () => {
    test('moves the job to InProgress and stores the nonce', async () => {
      expect(await acknowledge('3')).toEqual({ status: 'InProgress', winningNonce: '3' });
      expect(await bench.job(jobId)).toMatchObject({ status: 'InProgress', offerAt: undefined });
    });

    test('the winning nonce returns the same again, and no other one wins', async () => {
      await redeliver();
      await acknowledge('4');
      expect(await acknowledge('4')).toEqual({ status: 'InProgress', winningNonce: '4' });
      expect(await acknowledge('3')).toEqual({ status: 'InProgress', winningNonce: '4' });
    });

    test('any delivered nonce is valid, however old', async () => {
      for (let count = 0; count < 3; count += 1) await redeliver();
      expect(await acknowledge('4')).toEqual({ status: 'InProgress', winningNonce: '4' });
    });

    test('also after the lease has ended and before the next delivery', async () => {
      bench.clock.pass(leaseMs * 10);
      expect(await acknowledge('3')).toEqual({ status: 'InProgress', winningNonce: '3' });
      expect(await bench.claim()).toEqual([]);
    });

    test('of many concurrent ones one wins', async () => {
      await redeliver();
      await redeliver();
      const answers = await Promise.all(['3', '4', '5', '3', '4', '5'].map(acknowledge));
      const [winner] = answers;
      for (const answer of answers) expect(answer).toEqual(winner);
    });

    test.each([
      ['never delivered, the one before the first', '2'],
      ['never delivered, the next one', '4'],
      ['zero', '0'],
      ['negative', '-3'],
      ['empty', ''],
      ['with a fraction', '3.0'],
      ['with a leading zero', '03'],
      ['with an exponent', '3e0'],
      ['with an exponent that fits', '1e1'],
      ['hexadecimal', '0x3'],
      ['with space around', ' 3 '],
      ['with a sign', '+3'],
      ['with another digit three', '٣'],
      ['very long', `3${'0'.repeat(49)}`],
      ['longer than any number', '9'.repeat(400)],
      ['with SQL in it', '3 or 1=1'],
      ['text', 'nonce'],
    ])('a nonce %s changes nothing', async (_name, nonce) => {
      expect(await acknowledge(nonce)).toEqual({ status: 'Dispatched', winningNonce: undefined });
      expect(await acknowledge('3')).toEqual({ status: 'InProgress', winningNonce: '3' });
    });

    test('a job that was never delivered has no nonce', async () => {
      await bench.succeed(jobId);
      const [queued] = (await bench.snapshot(jobId)).execution?.jobs.slice(-1) ?? [];
      for (const nonce of ['2', '3', '4']) {
        const answer = await bench.store.jobs.acknowledge(queued?.id ?? '', nonce);
        expect(answer).toMatchObject({ job: { status: 'Queued' } });
        expect(answer?.winningNonce).toBeUndefined();
      }
    });

    test('of a finished job: its winning nonce returns the status it ended in', async () => {
      await acknowledge('3');
      await bench.succeed(jobId);
      expect(await acknowledge('3')).toEqual({ status: 'Succeeded', winningNonce: '3' });
      expect(await acknowledge('4')).toEqual({ status: 'Succeeded', winningNonce: '3' });
    });

    test('of a job that ended without one: a delivered nonce wins, and the job stays ended', async () => {
      await bench.succeed(jobId);
      expect(await acknowledge('4')).toEqual({ status: 'Succeeded', winningNonce: undefined });
      expect(await acknowledge('3')).toEqual({ status: 'Succeeded', winningNonce: '3' });
      expect(await bench.job(jobId)).toMatchObject({ status: 'Succeeded', offerAt: undefined });
    });

    test('of a job that timed out: the same, with that status', async () => {
      bench.clock.pass(customActionTimeoutMs);
      await bench.timeOut(jobId);
      expect(await acknowledge('3')).toEqual({ status: 'TimedOut', winningNonce: '3' });
      expect(await acknowledge('4')).toEqual({ status: 'TimedOut', winningNonce: '3' });
    });

    test('of an unknown job: undefined', async () => {
      expect(await bench.store.jobs.acknowledge('nope', '3')).toBeUndefined();
    });
  });

  describe('the renewal of a lease (decision 10)', () => {
    const renew = (nonce: string) => bench.store.jobs.renew(jobId, nonce, bench.clock.at + leaseMs);

    test('keeps the job from others for another lease', async () => {
      bench.clock.pass(leaseMs - 1);
      expect(await renew('3')).toBe(true);
      bench.clock.pass(leaseMs - 1);
      expect(await bench.claim()).toEqual([]);
      bench.clock.pass(1);
      expect(await bench.claim()).toHaveLength(1);
    });

    test('is rejected with the nonce of an older delivery', async () => {
      await redeliver();
      expect(await renew('3')).toBe(false);
      expect(await renew('4')).toBe(true);
    });

    test.each(['', '2', '4', '03', '3.0', 'x'])('is rejected with the nonce %j', async (nonce) => {
      expect(await renew(nonce)).toBe(false);
    });

    test('is rejected after an acknowledgement, after the end, and for an unknown job', async () => {
      expect(await bench.store.jobs.renew('nope', '3', bench.clock.at)).toBe(false);
      await acknowledge('3');
      expect(await renew('3')).toBe(false);
      await bench.succeed(jobId);
      expect(await renew('3')).toBe(false);
      expect(await bench.job(jobId)).toMatchObject({ status: 'Succeeded', offerAt: undefined });
    });

    test('a job that is delivered again has the progress of the delivery before', async () => {
      await bench.store.advance({ kind: 'job', jobId }, (snapshot, moment) =>
        jobProgress(snapshot, { jobId, progress: { externalExecutionId: 'site:1' }, fence: '3' }, moment),
      );
      bench.clock.pass(leaseMs);
      expect((await bench.claimOne()).action.progress).toEqual({ externalExecutionId: 'site:1' });
    });

    test('is rejected for a job that was never delivered', async () => {
      await bench.succeed(jobId);
      const [queued] = (await bench.snapshot(jobId)).execution?.jobs.slice(-1) ?? [];
      for (const nonce of ['2', '3']) expect(await bench.store.jobs.renew(queued?.id ?? '', nonce, 0)).toBe(false);
    });
  });

  describe('deadlines (behaviour A.8)', () => {
    test('an open job is overdue from its deadline, whether claimed or acknowledged', async () => {
      const deadlineAt = bench.clock.at + customActionTimeoutMs;
      expect(await bench.store.jobs.nextDeadline()).toBe(deadlineAt);
      expect(await bench.store.jobs.overdue(deadlineAt - 1, 9)).toEqual([]);
      expect(await bench.store.jobs.overdue(deadlineAt, 9)).toEqual([jobId]);
      await acknowledge('3');
      expect(await bench.store.jobs.overdue(deadlineAt, 9)).toEqual([jobId]);
    });

    test('the oldest deadline comes first, at most as many as requested', async () => {
      const quick = actionType({ category: 'Source', provider: 'Quick', inputs: [0, 0], timeoutMs: 1000 });
      await bench.store.actionTypes.insert(scope, quick, {}, bench.clock.at);
      bench.clock.pass(1);
      await bench.create(twoStages({ name: 'Later' }));
      await bench.create(
        declare([stage('Source', source('Fetch', { type: quick })), stage('Build', action('A'))], { name: 'Quick' }),
      );
      const { job: first } = await bench.claimOne(quick);
      const { job: last } = await bench.claimOne();
      const at = bench.clock.at + customActionTimeoutMs;
      expect(await bench.store.jobs.nextDeadline()).toBe(bench.clock.at + 1000);
      expect(await bench.store.jobs.overdue(at, 9)).toEqual([first.id, jobId, last.id]);
      expect(await bench.store.jobs.overdue(at, 2)).toEqual([first.id, jobId]);
    });

    test('an ended job has none, and a job times out only once', async () => {
      bench.clock.pass(customActionTimeoutMs);
      await bench.timeOut(jobId);
      expect(await bench.job(jobId)).toMatchObject({ status: 'TimedOut' });
      expect(await bench.store.jobs.overdue(bench.clock.at, 9)).toEqual([]);
      expect(await bench.store.jobs.nextDeadline()).toBeUndefined();
    });

    test('a continuation keeps the deadline of its action', async () => {
      const deadlineAt = await bench.store.jobs.nextDeadline();
      bench.clock.pass(60_000);
      await bench.succeed(jobId, { continuationToken: 'more' });
      expect(await bench.store.jobs.nextDeadline()).toBe(deadlineAt);
    });
  });
}
