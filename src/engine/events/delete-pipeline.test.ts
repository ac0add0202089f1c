import { expect, test } from 'vitest';
import { createWorld, openJobs, refusalOf, waitingApprovals } from '../../../test/support/engine/harness.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { endWithPipeline } from './delete-pipeline.ts';
import { jobResult } from './job-result.ts';

const declaration = declare([
  stage('Source', source()),
  stage('Build', action('Compile'), approval('Ask'), action('Pack', { runOrder: 2 })),
]);

test('running actions are abandoned, and the stage is freed', () => {
  const world = createWorld(declaration);
  const id = world.start();
  world.succeed(id, 'Fetch');
  world.advance({ executionId: id }, endWithPipeline);
  const ended = world.execution(id);
  expect(ended).toMatchObject({ status: 'Stopped', stopTrigger: { reason: 'The pipeline was deleted.' } });
  expect(ended.stages.map(({ status, isLocking }) => [status, isLocking])).toEqual([
    ['Succeeded', false],
    ['Stopped', false],
  ]);
  expect(ended.actions.map(({ status }) => status)).toEqual(['Succeeded', 'Abandoned', 'Abandoned']);
  expect([...openJobs(ended), ...waitingApprovals(ended)]).toEqual([]);
});

test('waiting and stopping executions end', () => {
  const world = createWorld(declaration);
  const stopping = world.start();
  const waiting = world.start();
  world.stop(stopping);
  for (const executionId of [waiting, stopping]) world.advance({ executionId }, endWithPipeline);
  expect(world.executions().map(({ status }) => status)).toEqual(['Stopped', 'Stopped']);
});

test('a result for a deleted pipeline is refused, although one for an abandoned action is accepted', () => {
  const world = createWorld(declaration);
  const executionId = world.start();
  const { id: jobId } = world.job(executionId, 'Fetch');
  world.advance({ executionId }, endWithPipeline);
  const report = { jobId, result: { outcome: 'Succeeded' }, continuationDelayMs: 0 } as const;
  const snapshot = world.snapshot({ executionId, jobId });
  expect(jobResult(snapshot, report, world.clock.moment())).toMatchObject({ changes: [] });
  const pipeline = { ...snapshot.pipeline, deletedAt: world.clock.at };
  expect(refusalOf(jobResult({ ...snapshot, pipeline }, report, world.clock.moment()))).toEqual({
    refuse: 'InvalidJobStateException',
    message: `Job with id ${jobId} has already terminated`,
  });
});
