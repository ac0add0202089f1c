import { beforeEach, describe, expect, test } from 'vitest';
import { ServiceError } from '../../src/contract/errors.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import type { Pipeline, StoredDeclaration } from '../../src/model/pipeline.ts';
import { scope, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** New versions of a pipeline. */
export function versionCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await bench.create();
  });
  const revise = (members: Partial<StoredDeclaration>) =>
    bench.store.pipelines.update(scope, 'Mill', (current) => ({ ...current, ...members }), endOutdated);

  test('each update adds a version, and the older ones stay (behaviour B.4)', async () => {
    bench.clock.pass(1000);
    await revise({ roleArn: 'two' });
    await revise({ roleArn: 'three' });
    const { store, clock } = bench;
    expect(await store.pipelines.find(scope, 'Mill')).toEqual({ ...pipeline, version: 3, updatedAt: clock.at });
    expect(await store.pipelines.declaration(pipeline.id, 1)).toEqual(twoStages());
    expect(await store.pipelines.declaration(pipeline.id, 2)).toEqual(twoStages({ roleArn: 'two', version: 2 }));
    expect(await store.pipelines.declaration(pipeline.id, 3)).toEqual(twoStages({ roleArn: 'three', version: 3 }));
    expect(await store.pipelines.list(scope, { afterName: '', limit: 9 })).toMatchObject([
      { pipeline: { version: 3 }, declaration: { roleArn: 'three' } },
    ]);
  });

  test('concurrent updates are serialized: none is lost', async () => {
    const lengthen = () =>
      bench.store.pipelines.update(
        scope,
        'Mill',
        (current) => ({ ...current, roleArn: `${current.roleArn}+` }),
        endOutdated,
      );
    await Promise.all(Array.from({ length: 8 }, lengthen));
    const newest = await bench.store.pipelines.declaration(pipeline.id, 9);
    expect(newest?.roleArn).toBe(`${twoStages().roleArn}${'+'.repeat(8)}`);
  });

  test('a rejected update changes nothing', async () => {
    const refused = bench.store.pipelines.update(
      scope,
      'Mill',
      () => {
        throw new ServiceError('InvalidStructureException', 'no');
      },
      endOutdated,
    );
    await expect(refused).rejects.toMatchObject({ code: 'InvalidStructureException' });
    expect(await bench.store.pipelines.find(scope, 'Mill')).toEqual(pipeline);
    expect(await bench.store.pipelines.declaration(pipeline.id, 2)).toBeUndefined();
  });

  test('an update that returns nothing changes nothing, and nothing is decided', async () => {
    const { executionId } = await bench.claimOne();
    const waiter = await bench.start('Mill');
    bench.clock.pass(1000);
    const decide = () => {
      throw new Error('decided');
    };
    const kept = await bench.store.pipelines.update(scope, 'Mill', () => undefined, decide);
    expect(kept).toEqual(twoStages());
    expect(await bench.store.pipelines.find(scope, 'Mill')).toEqual(pipeline);
    expect(await bench.store.pipelines.declaration(pipeline.id, 2)).toBeUndefined();
    for (const id of [executionId, waiter]) {
      expect(await bench.store.executions.find(pipeline.id, id)).toMatchObject({ status: 'InProgress' });
    }
  });

  test('an unknown pipeline is not updated', async () => {
    const update = bench.store.pipelines.update(scope, 'mill', (current) => current, endOutdated);
    expect(await update).toBeUndefined();
  });

  describe('executions of the previous version (behaviour C.2.4)', () => {
    test('a waiting one is cancelled immediately, one in a stage after its running actions have ended', async () => {
      const { job, executionId } = await bench.claimOne();
      const waiter = await bench.start('Mill');
      await revise({ roleArn: 'two' });
      const statusOf = async (id: string) => (await bench.store.executions.find(pipeline.id, id))?.status;
      expect(await statusOf(waiter)).toBe('Cancelled');
      expect(await statusOf(executionId)).toBe('InProgress');
      const next = await bench.start('Mill');
      await bench.succeed(job.id);
      expect(await statusOf(executionId)).toBe('Cancelled');
      expect(await bench.store.executions.occupancy(pipeline.id, ['Source', 'Build'])).toMatchObject([
        { stageName: 'Source', holder: next, waiting: [] },
        { stageName: 'Build', holder: undefined, waiting: [] },
      ]);
      expect(await bench.store.executions.find(pipeline.id, next)).toMatchObject({ pipelineVersion: 2 });
    });
  });
}
