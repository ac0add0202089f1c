import { beforeEach, expect, test } from 'vitest';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import type { JobRecord } from '../../src/store/store.ts';
import { buildType, scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Retrying stages in the same execution (behaviour C.6). */
export function retryCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  let failed: JobRecord;
  beforeEach(async () => {
    pipeline = await bench.create();
    await bench.succeed((await bench.claimOne()).job.id);
    failed = await bench.claimOne(buildType);
    await bench.report(failed.job.id, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
  });
  const retry = (executionId = failed.executionId) =>
    bench.store.advance({ kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' }, (seen, moment) =>
      retryStage(seen, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
    );

  test('the stage is held again, the new attempt is offered, the old one stays in history', async () => {
    expect(await retry()).toBe(failed.executionId);
    await bench.reopen();
    expect(await bench.store.executions.occupancy(pipeline.id, ['Build'])).toMatchObject([
      { holder: failed.executionId },
    ]);
    expect(await bench.latestStage(pipeline.id, 'Build')).toMatchObject({
      executionId: failed.executionId,
      status: 'InProgress',
      manualRetries: 1,
    });
    const fresh = await bench.claimOne(buildType);
    expect(fresh.action.id).not.toBe(failed.action.id);
    expect(fresh.action.start.outputArtifacts[0]?.objectKey).not.toBe(
      failed.action.start.outputArtifacts[0]?.objectKey,
    );
    const attempts = await bench.store.executions.listActions(pipeline.id, { limit: 2 });
    expect(attempts).toMatchObject([
      { id: fresh.action.id, status: 'InProgress' },
      { id: failed.action.id, status: 'Failed', isRetried: true },
    ]);
    const newest = await bench.store.executions.listActions(pipeline.id, { isLatest: true, limit: 9 });
    expect(newest.map(({ actionName, status }) => [actionName, status])).toEqual([
      ['Compile', 'InProgress'],
      ['Fetch', 'Succeeded'],
    ]);
    await bench.succeed(fresh.job.id);
    expect(await bench.store.executions.find(pipeline.id, failed.executionId)).toMatchObject({ status: 'Succeeded' });
  });

  test('of many concurrent retries one is accepted', async () => {
    const settled = await Promise.allSettled(Array.from({ length: 6 }, () => retry()));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await bench.claim({ type: buildType })).toHaveLength(1);
  });

  test('a retry and a newer execution that enters concurrently: only one of them is in the stage', async () => {
    await bench.start('Mill');
    const { job } = await bench.claimOne();
    const [retried] = await Promise.allSettled([retry(), bench.succeed(job.id)]);
    const [stage] = await bench.store.executions.occupancy(pipeline.id, ['Build']);
    expect(stage?.holder === failed.executionId).toBe(retried.status === 'fulfilled');
    expect(await bench.claim({ type: buildType })).toHaveLength(1);
  });
}
