import { beforeEach, expect, test } from 'vitest';
import { disableTransition, enableTransition } from '../../src/engine/events/transition.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import { buildType, scope, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Disabling and enabling transitions (behaviour C.4). */
export function transitionCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await bench.create();
  });
  const key = { kind: 'pipeline', scope, name: 'Mill' } as const;
  const way = { stageName: 'Build', transitionType: 'Inbound', changedBy: 'arn' } as const;
  const close = (reason = 'freeze') =>
    bench.store.advance(key, (snapshot, moment) => disableTransition(snapshot, { ...way, reason }, moment));
  const reopen = () => bench.store.advance(key, (snapshot, moment) => enableTransition(snapshot, way, moment));
  const stageOf = async (pipelineId = pipeline.id) =>
    (await bench.store.executions.occupancy(pipelineId, ['Build']))[0];

  test('a disabled transition lets no execution in until it is enabled, also across a restart', async () => {
    await close();
    const { job, executionId } = await bench.claimOne();
    await bench.succeed(job.id);
    await bench.reopen();
    expect(await stageOf()).toMatchObject({
      stageName: 'Build',
      holder: undefined,
      waiting: [executionId],
      transition: { enabled: false, disabledReason: 'freeze', changedBy: 'arn', changedAt: bench.clock.at },
    });
    expect(await bench.claim({ type: buildType })).toEqual([]);
    bench.clock.pass(10);
    await reopen();
    expect(await stageOf()).toMatchObject({
      stageName: 'Build',
      holder: executionId,
      waiting: [],
      transition: { enabled: true, disabledReason: undefined, changedBy: 'arn', changedAt: bench.clock.at },
    });
    expect((await bench.claimOne(buildType)).executionId).toBe(executionId);
  });

  test('the latest reason is stored, for one pipeline only', async () => {
    const other = await bench.create(twoStages({ name: 'Other' }));
    await close('one');
    await close('two');
    expect((await stageOf())?.transition).toMatchObject({ disabledReason: 'two' });
    expect((await stageOf(other.id))?.transition).toBeUndefined();
  });
}
