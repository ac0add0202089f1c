import { describe, expect, test } from 'vitest';
import { newestNonce } from '../../src/model/job.ts';
import { queueOf } from '../../src/model/queue-key.ts';
import { condition, gated, ruleCatalogue } from '../support/pipelines/conditions.ts';
import {
  action,
  buildType,
  declare,
  laneType,
  scope,
  source,
  sourceType,
  stage,
  twoStages,
} from '../support/pipelines/declarations.ts';
import { continuationDelayMs, idsOf, leaseMs, type OpenStore, useBench } from './bench.ts';

/** Claims: each job goes to one claimer at a time, and again after its lease has ended. */
export function claimCases(open: OpenStore): void {
  const bench = useBench(open);
  const manySources = (count: number) =>
    declare([
      stage(
        'Source',
        ...Array.from({ length: count }, (_, index) => source(`Fetch${index}`, { outputs: [`Out${index}`] })),
      ),
      stage('Build', action('Compile')),
    ]);

  test('a claimed job comes with everything a worker gets', async () => {
    const pipeline = await bench.create();
    const { job, action: started, executionId, pipeline: row } = await bench.claimOne();
    expect(row).toEqual(pipeline);
    expect(started).toMatchObject({ stageName: 'Source', actionName: 'Fetch', status: 'InProgress' });
    expect(job).toMatchObject({ status: 'Dispatched', deliveries: 1, offerAt: bench.clock.at + leaseMs });
    expect(newestNonce(job)).toBe('3');
    expect(await bench.store.jobs.find(job.id)).toEqual({ job, action: started, executionId, pipeline: row });
    expect(await bench.store.jobs.find('nope')).toBeUndefined();
  });

  test.each([1, 3])(
    'of many concurrent claimers of %i no two get the same job, and together they get all',
    async (limit) => {
      await bench.create(manySources(20));
      const claims = await Promise.all(Array.from({ length: 36 / limit }, () => bench.claim({ limit })));
      const ids = claims.flatMap(idsOf);
      expect(ids).toHaveLength(20);
      expect(new Set(ids).size).toBe(20);
      for (const claimed of claims) expect(claimed.length).toBeLessThanOrEqual(limit);
    },
  );

  test('the oldest come first, by their position in the queue and not by the clock', async () => {
    const names = ['One', 'Two', 'Three', 'Four'];
    for (const name of names) {
      bench.clock.pass(-1000);
      await bench.create(twoStages({ name }));
    }
    bench.clock.pass(10_000);
    const claimed = [];
    for (const limit of [1, 2, 1]) claimed.push(...(await bench.claim({ limit })));
    expect(claimed.map(({ pipeline }) => pipeline.name)).toEqual(names);
  });

  test('jobs of the same instant come in the order in which they were queued', async () => {
    await bench.create(manySources(12));
    const names = (await bench.claim()).map(({ action: started }) => started.actionName);
    expect(names).toEqual(Array.from({ length: 12 }, (_, index) => `Fetch${index}`));
  });

  describe('the lease (decision 3)', () => {
    test('keeps a job from others until its last millisecond, then it is offered with the next nonce', async () => {
      await bench.create();
      const { job } = await bench.claimOne();
      bench.clock.pass(leaseMs - 1);
      expect(await bench.claim()).toEqual([]);
      bench.clock.pass(1);
      const again = await bench.claimOne();
      expect(again.job.id).toBe(job.id);
      expect(newestNonce(again.job)).toBe('4');
      bench.clock.pass(leaseMs);
      expect(newestNonce((await bench.claimOne()).job)).toBe('5');
    });

    test('a job offered again is claimed by one of many', async () => {
      await bench.create();
      await bench.claimOne();
      bench.clock.pass(leaseMs);
      const claims = await Promise.all(Array.from({ length: 8 }, () => bench.claim()));
      expect(claims.flat().map(({ job }) => job.deliveries)).toEqual([2]);
    });

    test('an acknowledged job is never offered again', async () => {
      await bench.create();
      const { job } = await bench.claimOne();
      await bench.store.jobs.acknowledge(job.id, '3');
      bench.clock.pass(leaseMs * 100);
      expect(await bench.claim()).toEqual([]);
    });

    test('an ended job is never offered again', async () => {
      await bench.create();
      const { job } = await bench.claimOne();
      await bench.succeed(job.id);
      bench.clock.pass(leaseMs * 100);
      expect(await bench.claim()).toEqual([]);
    });
  });

  test('a continuation is not offered before its delay is over (decision 4)', async () => {
    await bench.create();
    const { job } = await bench.claimOne();
    await bench.succeed(job.id, { continuationToken: 'more' });
    bench.clock.pass(continuationDelayMs - 1);
    expect(await bench.claim()).toEqual([]);
    bench.clock.pass(1);
    const next = await bench.claimOne();
    expect(next.job).toMatchObject({ continuationToken: 'more', deliveries: 1 });
    expect(next.job.id).not.toBe(job.id);
    expect(next.action.id).toBe(job.actionExecutionId);
  });

  describe('waiting jobs by queue', () => {
    const waiting = (limit = 9) => bench.store.jobs.waiting(bench.clock.at, limit);
    const queue = queueOf(scope, sourceType.definition.id);
    const builds = queueOf(scope, buildType.definition.id);

    test('are the jobs that could be claimed, with the creation time of the oldest', async () => {
      expect(await waiting()).toEqual([]);
      const oldestAt = bench.clock.at;
      await bench.create(manySources(3));
      bench.clock.pass(10);
      await bench.create(twoStages({ name: 'Other' }));
      expect(await waiting()).toEqual([{ queue, jobs: 4, oldestAt }]);
      await bench.claim({ limit: 3 });
      expect(await waiting()).toEqual([{ queue, jobs: 1, oldestAt: oldestAt + 10 }]);
    });

    test('exclude leased and acknowledged jobs, and include those whose lease has ended', async () => {
      await bench.create(manySources(2));
      const oldestAt = bench.clock.at;
      const [first] = await bench.claim();
      await bench.store.jobs.acknowledge(first?.job.id ?? '', '3');
      bench.clock.pass(leaseMs - 1);
      expect(await waiting()).toEqual([]);
      bench.clock.pass(1);
      expect(await waiting()).toEqual([{ queue, jobs: 1, oldestAt }]);
    });

    test('exclude a continuation until its delay is over (decision 4)', async () => {
      await bench.create();
      await bench.succeed((await bench.claimOne()).job.id, { continuationToken: 'more' });
      const oldestAt = bench.clock.at;
      bench.clock.pass(continuationDelayMs - 1);
      expect(await waiting()).toEqual([]);
      bench.clock.pass(1);
      expect(await waiting()).toEqual([{ queue, jobs: 1, oldestAt }]);
    });

    test('are listed by age, at most as many as requested', async () => {
      await bench.create(twoStages());
      await bench.succeed((await bench.claimOne()).job.id);
      const oldestAt = bench.clock.at;
      bench.clock.pass(10);
      await bench.create(twoStages({ name: 'Other' }));
      const all = [
        { queue: builds, jobs: 1, oldestAt },
        { queue, jobs: 1, oldestAt: bench.clock.at },
      ];
      expect(await waiting()).toEqual(all);
      expect(await waiting(1)).toEqual(all.slice(0, 1));
    });

    test('exclude those of a deleted pipeline', async () => {
      await bench.create();
      await bench.delete('Mill');
      expect(await waiting()).toEqual([]);
    });
  });

  describe('the owner of a job', () => {
    test('account, Region and type determine the queue (behaviour A.2.3)', async () => {
      await bench.create();
      expect(await bench.claim({ type: buildType })).toEqual([]);
      expect(await bench.claim({ owner: { ...scope, account: '210987654321' } })).toEqual([]);
      expect(await bench.claim({ owner: { ...scope, region: 'eu-west-1' } })).toEqual([]);
      expect(await bench.claim({ type: sourceType })).toHaveLength(1);
    });

    test.each(['SUPERSEDED', 'PARALLEL'] as const)(
      'of a %s execution is its account and Region',
      async (executionMode) => {
        await bench.create({ ...twoStages(), executionMode });
        const { id } = (await bench.claimOne()).job;
        const { jobs } = bench.store;
        const decide = () => ({ changes: [], answer: 'found' });
        const others = [{ account: '210987654321' }, { region: 'eu-west-1' }, { account: '' }];
        for (const owner of others.map((other) => ({ ...scope, ...other }))) {
          expect(await jobs.acknowledge(id, '3', undefined, owner)).toBeUndefined();
          await expect(bench.store.advance({ kind: 'job', jobId: id, owner }, decide)).rejects.toMatchObject({
            code: 'JobNotFoundException',
            message: `Job with id '${id}' does not exist`,
          });
        }
        expect(await bench.job(id)).toMatchObject({ status: 'Dispatched' });
        expect(await bench.store.advance({ kind: 'job', jobId: id, owner: scope }, decide)).toBe('found');
        expect(await jobs.acknowledge(id, '3', undefined, scope)).toMatchObject({ winningNonce: '3' });
      },
    );

    test('the jobs of types that are not custom have no owner', async () => {
      await bench.store.ruleTypes.replace(ruleCatalogue);
      const build = gated(stage('Build', action('Compile')), { beforeEntry: condition('FAIL', 'Open') });
      await bench.create(declare([stage('Source', source()), build], { pipelineType: 'V2' }));
      await bench.succeed((await bench.claimOne()).job.id);
      const [rule] = await bench.claimRules();
      const jobId = rule?.job.id ?? '';
      expect(await bench.store.jobs.acknowledge(jobId, '3', undefined, scope)).toBeUndefined();
      const found = bench.store.advance({ kind: 'job', jobId, owner: scope }, () => ({ changes: [], answer: 1 }));
      await expect(found).rejects.toMatchObject({ code: 'JobNotFoundException' });
      expect(await bench.store.jobs.acknowledge(jobId, '3')).toMatchObject({ winningNonce: '3' });
    });

    test('the query value is compared exactly and case-sensitively (behaviour A.2.4)', async () => {
      const ship = (lane: string) => action(`Ship${lane}`, { type: laneType, configuration: { Lane: lane } });
      await bench.create(
        declare([stage('Source', source()), stage('Deploy', ship('Lane1'), ship('lane1'), ship('Lane_'))]),
      );
      await bench.succeed((await bench.claimOne()).job.id);
      for (const queryValue of ['', 'Lane', 'LANE1', 'Lane%', 'Lane1 ', 'Lane11', 'L*']) {
        expect(await bench.claim({ type: laneType, queryValue })).toEqual([]);
      }
      for (const queryValue of ['lane1', 'Lane_', 'Lane1']) {
        const claimed = await bench.claim({ type: laneType, queryValue });
        expect(claimed.map(({ action: started }) => started.actionName)).toEqual([`Ship${queryValue}`]);
      }
    });
  });
}
