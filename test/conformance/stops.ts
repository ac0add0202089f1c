import { beforeEach, describe, expect, test } from 'vitest';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import type { JobRecord } from '../../src/store/store.ts';
import { buildType, scope, twoStages } from '../support/pipelines/declarations.ts';
import { leaseMs, type OpenStore, useBench } from './bench.ts';

/** Finding executions by id, and stopping them (behaviour C.5). */
export function stopCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  let record: JobRecord;
  beforeEach(async () => {
    pipeline = await bench.create();
    record = await bench.claimOne();
  });
  const stop = (abandon: boolean, executionId = record.executionId, name = 'Mill') =>
    bench.store.advance({ kind: 'execution', scope, name, executionId }, (snapshot, moment) =>
      stopExecution(snapshot, { executionId, abandon, reason: 'enough' }, moment),
    );
  const execution = () => bench.store.executions.find(pipeline.id, record.executionId);

  test('stop and wait: the reason is stored, and the job runs until the execution ends', async () => {
    await stop(false);
    await bench.reopen();
    expect(await execution()).toMatchObject({ status: 'Stopping', stopTrigger: { reason: 'enough' } });
    await bench.succeed(record.job.id);
    expect(await execution()).toMatchObject({ status: 'Stopped', statusSummary: 'enough' });
    expect(await bench.claim({ type: buildType })).toEqual([]);
  });

  test('stop and abandon: the job is no longer offered or overdue, and its result has no effect', async () => {
    await stop(true);
    bench.clock.pass(leaseMs);
    expect(await bench.claim()).toEqual([]);
    expect(await bench.store.jobs.nextDeadline()).toBeUndefined();
    expect(await bench.store.jobs.renew(record.job.id, '3', bench.clock.at)).toBe(false);
    await bench.succeed(record.job.id);
    expect(await execution()).toMatchObject({ status: 'Stopped' });
    expect(await bench.job(record.job.id)).toMatchObject({ status: 'Failed', result: undefined });
  });

  test('of many concurrent stops one is accepted', async () => {
    const settled = await Promise.allSettled(Array.from({ length: 6 }, () => stop(false)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  describe('an execution is found', () => {
    test('only in its pipeline', async () => {
      await bench.create(twoStages({ name: 'Other' }));
      await expect(stop(true, record.executionId, 'Other')).rejects.toMatchObject({
        code: 'PipelineExecutionNotStoppableException',
      });
      await expect(stop(true, 'nope')).rejects.toMatchObject({ code: 'PipelineExecutionNotStoppableException' });
      await expect(stop(true, record.executionId, 'Nobody')).rejects.toMatchObject({
        code: 'PipelineNotFoundException',
      });
      expect(await execution()).toMatchObject({ status: 'InProgress' });
    });

    test('with its stages, actions and open jobs, and the last entrant of the stage', async () => {
      const seen = (stageName?: string) =>
        bench.store.advance(
          { kind: 'execution', scope, name: 'Mill', executionId: record.executionId, stageName },
          (snapshot) => ({ changes: [], answer: snapshot }),
        );
      expect((await seen('Source')).lastEntrant).toBe(record.executionId);
      await bench.succeed(record.job.id);
      const next = await bench.start('Mill');
      expect((await seen('Source')).lastEntrant).toBe(next);
      expect((await seen('Build')).lastEntrant).toBe(record.executionId);
      expect((await seen('Elsewhere')).lastEntrant).toBeUndefined();
      const { execution: own, lastEntrant } = await seen();
      expect(lastEntrant).toBeUndefined();
      expect(own).toMatchObject({
        id: record.executionId,
        stages: [{ stageName: 'Source' }, { stageName: 'Build' }],
        actions: [{ actionName: 'Fetch' }, { actionName: 'Compile' }],
        jobs: [{ status: 'Queued' }],
      });
    });
  });
}
