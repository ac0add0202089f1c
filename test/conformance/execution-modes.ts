import { expect, test } from 'vitest';
import type { ExecutionMode } from '../../src/contract/generated.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { disableTransition, enableTransition, longestDisabledMs } from '../../src/engine/events/transition.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import { buildType, scope, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** What the execution modes need from the rows: order of arrival, counts, and hidden PARALLEL executions. */
export function executionModeCases(open: OpenStore): void {
  const bench = useBench(open);
  const key = { kind: 'pipeline', scope, name: 'Mill' } as const;
  const way = { stageName: 'Build', transitionType: 'Inbound', changedBy: 'arn' } as const;
  const declare = (executionMode: ExecutionMode) => twoStages({ executionMode, pipelineType: 'V2' });
  const create = (mode: ExecutionMode) => bench.create(declare(mode));
  const close = () =>
    bench.store.advance(key, (seen, moment) => disableTransition(seen, { ...way, reason: 'freeze' }, moment));
  const openWay = () => bench.store.advance(key, (seen, moment) => enableTransition(seen, way, moment));
  const snapshot = () => bench.store.advance(key, (seen) => ({ changes: [], answer: seen }));
  const build = async () => (await snapshot()).occupancy.find(({ stageName }) => stageName === 'Build');
  const stop = (executionId: string) =>
    bench.store.advance({ ...key, kind: 'execution', executionId }, (seen, moment) =>
      stopExecution(seen, { executionId, abandon: true }, moment),
    );
  /** Ends the source action of every execution in it; returns their ids. */
  const fetchAll = async () => {
    const records = await bench.claim();
    // One after the other: two that arrive together have no defined order.
    for (const { job } of records) await bench.succeed(job.id);
    return records.map(({ executionId }) => executionId);
  };

  test('executions wait in the order of arrival, whichever started first, also across a restart (behaviour C.2.3)', async () => {
    await create('QUEUED');
    await close();
    await bench.start('Mill');
    await bench.start('Mill');
    const ids = [await fetchAll(), await fetchAll(), await fetchAll()].flat();
    expect(await build()).toMatchObject({ holder: undefined, waiting: ids });
    const [first = '', ...others] = ids;
    await bench.store.advance(key, () => ({
      changes: [{ kind: 'executionWaiting', executionId: first, stageName: 'Build' }],
      answer: undefined,
    }));
    await bench.reopen();
    expect(await build()).toMatchObject({ holder: undefined, waiting: [...others, first] });
    await openWay();
    expect(await build()).toMatchObject({ holder: others[0], waiting: [others[1], first] });
  });

  test('the snapshot counts the executions of the pipeline that have not ended', async () => {
    const pipeline = await create('QUEUED');
    await bench.create(twoStages({ name: 'Other' }));
    const last = await bench.start('Mill');
    expect((await snapshot()).runningExecutions).toBe(2);
    await stop(last);
    const [first] = await bench.store.executions.list(pipeline.id, { before: 2, limit: 1 });
    await stop(first?.id ?? '');
    expect((await snapshot()).runningExecutions).toBe(0);
    await bench.start('Mill');
    expect((await snapshot()).runningExecutions).toBe(1);
  });

  test.each(['QUEUED', 'PARALLEL'] as const)(
    'of many concurrent starts 50 of a %s pipeline run (behaviour B.6)',
    async (mode) => {
      const pipeline = await create(mode);
      const settled = await Promise.allSettled(Array.from({ length: 60 }, () => bench.start('Mill')));
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(49);
      expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'ConcurrentPipelineExecutionsLimitExceededException' },
      });
      expect(await bench.store.executions.list(pipeline.id, { limit: 99 })).toHaveLength(50);
    },
  );

  test('PARALLEL executions in stages are not in the snapshot, nor the latest of a stage or action (behaviour C.2.3)', async () => {
    const pipeline = await create('PARALLEL');
    const before = (await snapshot()).occupancy;
    for (let count = 0; count < 5; count += 1) await bench.start('Mill');
    expect((await bench.claim({ limit: 2 })).length).toBe(2);
    expect((await snapshot()).occupancy).toEqual(before);
    expect((await snapshot()).runningExecutions).toBe(6);
    expect(await bench.latestStage(pipeline.id, 'Source')).toBeUndefined();
    expect(await bench.latestAction(pipeline.id, 'Source', 'Fetch')).toBeUndefined();
    await bench.store.pipelines.update(scope, 'Mill', () => declare('QUEUED'), endOutdated);
    const queued = await bench.start('Mill');
    await fetchAll();
    expect(await bench.latestStage(pipeline.id, 'Source')).toMatchObject({ executionId: queued });
  });

  test('concurrent results of many PARALLEL executions advance each of them', async () => {
    const pipeline = await create('PARALLEL');
    for (let count = 0; count < 9; count += 1) await bench.start('Mill');
    expect(await fetchAll()).toHaveLength(10);
    const builds = await bench.claim({ type: buildType });
    expect(builds).toHaveLength(10);
    await Promise.all(builds.map(({ job }) => bench.succeed(job.id)));
    const rows = await bench.store.executions.list(pipeline.id, { limit: 99 });
    expect(rows.map(({ status }) => status)).toEqual(Array(10).fill('Succeeded'));
  });

  test('PARALLEL executions at a disabled transition are in the snapshot until it is enabled, and all enter (behaviour C.4)', async () => {
    await create('PARALLEL');
    await close();
    await bench.start('Mill');
    const ids = await fetchAll();
    await bench.reopen();
    expect(await build()).toMatchObject({ holder: undefined, waiting: [], waitingParallel: ids });
    await openWay();
    expect(await build()).toMatchObject({ waitingParallel: [] });
    expect(await bench.claim({ type: buildType })).toHaveLength(2);
  });

  test.each([
    ['QUEUED', 1],
    ['PARALLEL', 0],
  ] as const)('an expired %s execution stays outside across a restart (behaviour C.4)', async (mode, shown) => {
    const pipeline = await create(mode);
    await close();
    const [late = ''] = await fetchAll();
    bench.clock.pass(longestDisabledMs + 1);
    await openWay();
    await bench.reopen();
    expect(await build()).toMatchObject({ waiting: [], waitingParallel: [], expired: shown === 1 ? [late] : [] });
    expect(await bench.store.executions.find(pipeline.id, late)).toMatchObject({
      waitingStage: 'Build',
      hasExpired: true,
    });
    const later = await bench.start('Mill');
    await fetchAll();
    expect((await bench.claimOne(buildType)).executionId).toBe(later);
    await stop(late);
    expect(await build()).toMatchObject({ expired: [] });
  });
}
