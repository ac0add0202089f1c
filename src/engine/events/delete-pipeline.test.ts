import { expect, test } from 'vitest';
import { createHarness, openJobs, refusalOf, waitingApprovals } from '../../../test/support/engine/harness.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { endWithPipeline } from './delete-pipeline.ts';
import { jobResult } from './job-result.ts';

const declaration = declare([
  stage('Source', source()),
  stage('Build', action('Compile'), approval('Ask'), action('Pack', { runOrder: 2 })),
]);

test('running actions are abandoned, and the stage is freed', () => {
  const harness = createHarness(declaration);
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  harness.advance({ executionId: id }, endWithPipeline);
  const ended = harness.execution(id);
  expect(ended).toMatchObject({ status: 'Stopped', stopTrigger: { reason: 'The pipeline was deleted.' } });
  expect(ended.stages.map(({ status, isLocking }) => [status, isLocking])).toEqual([
    ['Succeeded', false],
    ['Stopped', false],
  ]);
  expect(ended.actions.map(({ status }) => status)).toEqual(['Succeeded', 'Abandoned', 'Abandoned']);
  expect([...openJobs(ended), ...waitingApprovals(ended)]).toEqual([]);
});

test('waiting and stopping executions end', () => {
  const harness = createHarness(declaration);
  const stopping = harness.start();
  const waiting = harness.start();
  harness.stop(stopping);
  for (const executionId of [waiting, stopping]) harness.advance({ executionId }, endWithPipeline);
  expect(harness.executions().map(({ status }) => status)).toEqual(['Stopped', 'Stopped']);
});

test('a result for a deleted pipeline is refused, although one for an abandoned action is accepted', () => {
  const harness = createHarness(declaration);
  const executionId = harness.start();
  const { id: jobId } = harness.job(executionId, 'Fetch');
  harness.advance({ executionId }, endWithPipeline);
  const report = { jobId, result: { outcome: 'Succeeded' }, continuationDelayMs: 0 } as const;
  const snapshot = harness.snapshot({ executionId, jobId });
  expect(jobResult(snapshot, report, harness.clock.moment())).toMatchObject({ changes: [] });
  const pipeline = { ...snapshot.pipeline, deletedAt: harness.clock.at };
  expect(refusalOf(jobResult({ ...snapshot, pipeline }, report, harness.clock.moment()))).toEqual({
    refuse: 'InvalidJobStateException',
    message: `Job with id ${jobId} has already terminated`,
  });
});
