import { beforeEach, describe, expect, test } from 'vitest';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { queueKey, queueOf } from '../../src/model/queue-key.ts';
import { appendToJob, blocksInMemory, logHomeOf, readText } from '../support/logs/log-steps.ts';
import { action, declare, scope, source, sourceType, stage, twoStages } from '../support/pipelines/declarations.ts';
import { continuationDelayMs, leaseMs, type OpenStore, useBench } from './bench.ts';

const origin = {
  callerArn: 'arn:aws:iam::123456789012:user/worker',
  accessKeyId: 'AKIDWORKER',
  requestId: 'request-1',
};
const queue = queueOf(scope, sourceType.definition.id);

/** What people read: the events of a job, the list of jobs, and a job's log. */
export function jobHistoryCases(open: OpenStore): void {
  const bench = useBench(open);
  const claimAs = () =>
    bench.store.jobs.claim(queueKey(queue), {
      limit: 9,
      at: bench.clock.at,
      leaseUntil: bench.clock.at + leaseMs,
      origin,
    });
  const story = async (jobId: string) => bench.store.jobHistory.events(jobId, { after: 0, limit: 99 });
  const kinds = async (jobId: string) => (await story(jobId)).map(({ kind }) => kind);
  const list = async (search: { isOpen?: boolean; executionId?: string; after?: number; limit?: number } = {}) =>
    bench.store.jobHistory.list(scope, { isOpen: true, after: 0, limit: 99, ...search });

  describe('the events of a job', () => {
    let jobId: string;
    beforeEach(async () => {
      await bench.create();
      [jobId = ''] = (await claimAs()).map(({ job }) => job.id);
    });

    test('have one acknowledgement, of the first valid one, however many arrive concurrently', async () => {
      const { acknowledge } = bench.store.jobs;
      const foreign = { ...scope, account: '999999999999' };
      expect(await acknowledge(jobId, '3', origin, foreign)).toBeUndefined();
      const refused = await acknowledge(jobId, '4', origin, scope);
      expect([refused?.job.status, refused?.winningNonce]).toEqual(['Dispatched', undefined]);
      expect(await kinds(jobId)).toEqual(['Delivered']);
      const { store: other } = await bench.another();
      const stores = [bench.store, bench.store, other, other, bench.store];
      const answers = await Promise.all(stores.map(({ jobs }) => jobs.acknowledge(jobId, '3', origin, scope)));
      answers.push(await acknowledge(jobId, '4', origin, scope), await acknowledge(jobId, '3', origin, scope));
      for (const answer of answers) {
        expect([answer?.job.status, answer?.winningNonce, answer?.job.offerAt]).toEqual(['InProgress', '3', undefined]);
      }
      expect(await acknowledge(jobId, '3', origin, foreign)).toBeUndefined();
      expect(await kinds(jobId)).toEqual(['Delivered', 'Acknowledged']);
    });

    test('are deliveries with lease and caller, acknowledgements and issued credentials', async () => {
      const at = bench.clock.at;
      bench.clock.pass(leaseMs);
      await bench.claimOne();
      bench.clock.pass(5);
      await bench.store.jobs.acknowledge(jobId, '3', origin);
      await bench.store.jobHistory.recordCredentials(jobId, origin);
      const events = (await story(jobId)).map(({ sequence: _, ...event }) => event);
      expect(events).toEqual([
        { kind: 'Delivered', at, origin, nonce: '3', leaseUntil: at + leaseMs },
        { kind: 'Delivered', at: at + leaseMs, origin: undefined, nonce: '4', leaseUntil: at + 2 * leaseMs },
        { kind: 'Acknowledged', at: at + leaseMs + 5, origin, nonce: '3', leaseUntil: undefined },
        { kind: 'CredentialsMinted', at: at + leaseMs + 5, origin, nonce: undefined, leaseUntil: undefined },
      ]);
    });

    test('have one acknowledgement, even if it is repeated or tried with another nonce', async () => {
      for (const nonce of ['9', '3', '3', '4', 'x']) await bench.store.jobs.acknowledge(jobId, nonce, origin);
      expect(await kinds(jobId)).toEqual(['Delivered', 'Acknowledged']);
    });

    test('end with the result and its reporter; a repeat adds nothing', async () => {
      await bench.report(jobId, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
      await bench.report(jobId, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
      expect(await kinds(jobId)).toEqual(['Delivered', 'Failed']);
    });

    test('continue with the next job of the chain of continuations', async () => {
      await bench.succeed(jobId, { continuationToken: 'more' });
      bench.clock.pass(continuationDelayMs);
      const { job: second } = await bench.claimOne();
      await bench.succeed(second.id);
      expect(await kinds(jobId)).toEqual(['Delivered', 'Continued']);
      expect(await kinds(second.id)).toEqual(['Delivered', 'Succeeded']);
      expect(await bench.store.jobHistory.chain(jobId)).toEqual({ nextJobId: second.id });
      expect(await bench.store.jobHistory.chain(second.id)).toEqual({ previousJobId: jobId });
    });

    test('include time-outs and abandonments, with the caller if there is one', async () => {
      const { executionId } = (await bench.store.jobs.find(jobId)) ?? { executionId: '' };
      await bench.store.advance(
        { kind: 'execution', scope, name: 'Mill', executionId },
        (snapshot, moment) => stopExecution(snapshot, { executionId, abandon: true }, moment),
        origin,
      );
      expect((await story(jobId)).at(-1)).toMatchObject({ kind: 'Abandoned', origin });
      await bench.create(twoStages({ name: 'Slow' }));
      const { job } = await bench.claimOne();
      bench.clock.pass(2 ** 40);
      await bench.timeOut(job.id);
      expect((await story(job.id)).at(-1)).toMatchObject({ kind: 'TimedOut', origin: undefined });
    });

    test('are paged by position', async () => {
      for (let count = 0; count < 4; count += 1) {
        bench.clock.pass(leaseMs);
        await bench.claimOne();
      }
      const first = await bench.store.jobHistory.events(jobId, { after: 0, limit: 3 });
      const rest = await bench.store.jobHistory.events(jobId, { after: first.at(-1)?.sequence ?? 0, limit: 3 });
      expect([...first, ...rest].map(({ nonce }) => nonce)).toEqual(['3', '4', '5', '6', '7']);
    });
  });

  describe('the list of jobs', () => {
    test('has the waiting and running jobs of the account and region, oldest first, or all jobs', async () => {
      await bench.create();
      await bench.create(twoStages({ name: 'Other' }));
      const { jobs } = await list();
      expect(jobs.map(({ pipelineName, stageName, actionName }) => [pipelineName, stageName, actionName])).toEqual([
        ['Mill', 'Source', 'Fetch'],
        ['Other', 'Source', 'Fetch'],
      ]);
      expect(jobs[0]).toMatchObject({ status: 'Queued', queue, queryValue: '', deliveries: 0, isContinuation: false });
      await bench.succeed(jobs[0]?.id ?? '');
      expect((await list()).jobs.map(({ actionName }) => actionName)).toEqual(['Fetch', 'Compile']);
      expect((await list({ isOpen: false })).jobs).toHaveLength(3);
      const elsewhere = { ...scope, region: 'eu-north-1' };
      expect(await bench.store.jobHistory.list(elsewhere, { isOpen: true, after: 0, limit: 9 })).toMatchObject({
        jobs: [],
        looked: 2,
      });
    });

    test('of one execution has only its jobs', async () => {
      await bench.create();
      const executionId = await bench.start('Mill');
      expect((await list({ executionId: 'nope' })).jobs).toEqual([]);
      expect((await list({ executionId, isOpen: false })).jobs.every((job) => job.executionId === executionId)).toBe(
        true,
      );
    });

    test('is paged', async () => {
      await bench.create(
        declare([stage('Source', source('A'), source('B'), source('C')), stage('Build', action('D'))]),
      );
      const first = await list({ limit: 2 });
      const rest = await list({ limit: 2, after: first.lookedTo });
      expect([first.looked, rest.looked]).toEqual([2, 1]);
      expect([...first.jobs, ...rest.jobs].map(({ actionName }) => actionName)).toEqual(['A', 'B', 'C']);
    });
  });

  describe('waiting jobs by query value', () => {
    test('come with the largest groups first', async () => {
      await bench.create();
      await bench.create(twoStages({ name: 'Other' }));
      const oldestAt = bench.clock.at;
      expect(await bench.store.jobs.waitingByQuery(bench.clock.at, 9)).toEqual([
        { queue, queryValue: '', jobs: 2, oldestAt },
      ]);
      expect(await bench.store.jobs.waitingByQuery(bench.clock.at, 0)).toEqual([]);
    });

    test('the next offer is that of a waiting job, or the end of a lease or a delay', async () => {
      const next = () => bench.store.jobs.nextOffer(queueKey(queue));
      expect(await next()).toBeUndefined();
      await bench.create();
      expect(await next()).toBe(bench.clock.at);
      const { job } = await bench.claimOne();
      expect(await next()).toBe(bench.clock.at + leaseMs);
      await bench.succeed(job.id, { continuationToken: 'more' });
      expect(await next()).toBe(bench.clock.at + continuationDelayMs);
      expect(await bench.store.jobs.nextOffer(queueKey(queue, 'other'))).toBeUndefined();
    });
  });

  test('events and log are removed with the execution', async () => {
    await bench.create();
    const { job, executionId } = await bench.claimOne();
    await bench.store.jobs.acknowledge(job.id, '3');
    const blocks = blocksInMemory();
    const home = logHomeOf(bench.store, blocks);
    const holdBack = (text: string) => ({ text, held: 'kept', heldBytes: 4 });
    await appendToJob(home, job.id, 'text', { holdBack });
    await home.seal(job.id);
    expect(blocks.stored.size).toBe(1);
    await appendToJob(home, job.id, 'more', { holdBack });
    await bench.delete('Mill');
    expect(await bench.store.retention.prune(executionId, bench.clock.at + 1)).toBe('pruned');
    await bench.store.jobHistory.recordCredentials(job.id, origin);
    expect(await story(job.id)).toEqual([]);
    expect(await readText(home, job.id)).toEqual({ text: '', nextOffset: 0, isCut: false });
    while (await home.removeDeleted());
    expect(blocks.stored.size).toBe(0);
    expect(await bench.store.logs.nextRemoved()).toBeUndefined();
  });
}
