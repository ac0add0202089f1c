import { describe, expect, test } from 'vitest';
import { actionType, buildType, scope, twoStages } from '../support/pipelines/declarations.ts';
import { leaseMs, type OpenStore, useBench } from './bench.ts';

/** Everything acknowledged is stored when the store is closed and opened again. */
export function durabilityCases(open: OpenStore): void {
  const bench = useBench(open);

  describe('after a restart', () => {
    test('everything acknowledged is stored', async () => {
      const pipeline = await bench.create();
      const first = await bench.claimOne();
      await bench.store.jobs.acknowledge(first.job.id, '3');
      await bench.succeed(first.job.id, { outputVariables: { Tag: 'v1' } });
      const second = await bench.start('Mill', { clientRequestToken: 'once' });
      const third = await bench.start('Mill');
      const claimed = await bench.claimOne(buildType);
      await bench.create(twoStages({ name: 'Gone' }));
      await bench.delete('Gone');
      await bench.store.keepSetting('key', 'kept');
      await bench.store.actionTypes.insert(scope, actionType({ provider: 'Late' }), {}, bench.clock.at);
      const before = await bench.snapshot(first.job.id);
      const list = await bench.store.executions.list(pipeline.id, { limit: 9 });
      const actions = await bench.store.executions.listActions(pipeline.id, { limit: 9 });

      await bench.reopen();

      expect(await bench.store.pipelines.find(scope, 'Mill')).toEqual(pipeline);
      expect(await bench.store.pipelines.find(scope, 'Gone')).toBeUndefined();
      expect(await bench.snapshot(first.job.id)).toEqual(before);
      expect(await bench.store.executions.list(pipeline.id, { limit: 9 })).toEqual(list);
      expect(await bench.store.executions.listActions(pipeline.id, { limit: 9 })).toEqual(actions);
      expect(await bench.store.executions.occupancy(pipeline.id, ['Source', 'Build'])).toMatchObject([
        { stageName: 'Source', holder: second, waiting: [third] },
        { stageName: 'Build', holder: first.executionId, waiting: [] },
      ]);
      expect(await bench.start('Mill', { clientRequestToken: 'once' })).toBe(second);
      expect(await bench.store.keepSetting('key', 'other')).toBe('kept');
      expect(await bench.store.actionTypes.countCustom(scope)).toBe(4);
      expect(await bench.job(claimed.job.id)).toEqual(claimed.job);
    });

    test('a claim, its nonce and its lease stay valid', async () => {
      await bench.create();
      const { job } = await bench.claimOne();
      await bench.reopen();
      expect(await bench.claim()).toEqual([]);
      bench.clock.pass(leaseMs);
      expect((await bench.claimOne()).job).toMatchObject({ id: job.id, deliveries: 2 });
      await bench.reopen();
      expect(await bench.store.jobs.acknowledge(job.id, '3')).toMatchObject({ winningNonce: '3' });
      await bench.reopen();
      expect(await bench.store.jobs.acknowledge(job.id, '4')).toMatchObject({ winningNonce: '3' });
    });

    test('executions continue to their end', async () => {
      const pipeline = await bench.create();
      await bench.succeed((await bench.claimOne()).job.id);
      await bench.reopen();
      await bench.succeed((await bench.claimOne(buildType)).job.id);
      await bench.reopen();
      expect(await bench.store.executions.list(pipeline.id, { limit: 9 })).toMatchObject([{ status: 'Succeeded' }]);
    });
  });
}
