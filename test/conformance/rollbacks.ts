import { beforeEach, expect, test } from 'vitest';
import { rollbackStage } from '../../src/engine/events/rollback-stage.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import { action, buildType, declare, laneType, scope, source, stage } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Executions that run one stage again with the inputs of an earlier one (behaviour C.7). */
export function rollbackCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  let target: string;
  beforeEach(async () => {
    const configuration = { Lane: '#{Bld.Tag}' };
    const stages = [
      stage('Source', source()),
      stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' })),
      stage('Deploy', action('Ship', { type: laneType, inputs: ['Package'], configuration })),
    ];
    pipeline = await bench.create(declare(stages, { pipelineType: 'V2' }));
    const { job, executionId } = await bench.claimOne();
    target = executionId;
    await bench.succeed(job.id);
    await bench.succeed((await bench.claimOne(buildType)).job.id, { outputVariables: { Tag: 'v1' } });
    const [ship] = await bench.claim({ type: laneType, queryValue: 'v1' });
    await bench.succeed(ship?.job.id ?? '');
  });
  const rollBack = () =>
    bench.store.advance({ kind: 'execution', scope, name: 'Mill', executionId: target }, (snapshot, moment) =>
      rollbackStage(snapshot, { stageName: 'Deploy', targetExecutionId: target, callerArn: 'arn' }, moment),
    );

  test('a rollback is stored with its target, and its job has the inputs of the target', async () => {
    const [before] = await bench.store.executions.listActions(pipeline.id, { limit: 1 });
    const id = await rollBack();
    await bench.reopen();
    expect(await bench.store.executions.find(pipeline.id, id)).toMatchObject({
      trigger: { triggerType: 'ManualRollback' },
      rollback: { targetExecutionId: target, stageName: 'Deploy' },
    });
    expect(await bench.latestStage(pipeline.id, 'Deploy')).toMatchObject({
      executionId: id,
      isRollback: true,
    });
    expect(await bench.latestStage(pipeline.id, 'Build')).toMatchObject({
      executionId: target,
      isRollback: false,
    });
    const [record] = await bench.claim({ type: laneType, queryValue: 'v1' });
    expect(record?.action.start.inputArtifacts).toEqual(before?.start.inputArtifacts);
    await bench.succeed(record?.job.id ?? '');
    expect(await bench.store.executions.find(pipeline.id, id)).toMatchObject({ status: 'Succeeded' });
  });

  test('of many concurrent rollbacks one starts', async () => {
    const settled = await Promise.allSettled(Array.from({ length: 6 }, rollBack));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await bench.store.executions.list(pipeline.id, { limit: 9 })).toHaveLength(2);
  });
}
