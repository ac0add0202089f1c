import { beforeEach, describe, expect, test } from 'vitest';
import {
  changesOf,
  createHarness,
  type Harness,
  kindsOf,
  openJobs,
  refusalOf,
} from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { stopExecution } from './stop-execution.ts';

const declaration = declare([
  stage('Source', source()),
  stage('Build', action('Compile'), action('Lint'), action('Pack', { runOrder: 2 })),
  stage('Deploy', action('Ship')),
]);

let harness: Harness;
let id: string;
beforeEach(() => {
  harness = createHarness(declaration);
  id = harness.start();
  harness.succeed(id, 'Fetch');
});

const statuses = () => harness.execution(id).stages.map(({ status }) => status);
const notStoppable = (executionId: string) => ({
  refuse: 'PipelineExecutionNotStoppableException',
  message: `The pipeline execution with ID '${executionId}' in 'Mill' can't be stopped now. Either it does not exist in the pipeline, or the pipeline execution has no action executions in progress.`,
});

describe('stop and wait (behaviour C.5)', () => {
  test('the running actions continue, and the execution stops when the last has ended', () => {
    harness.clock.pass(10);
    expect(kindsOf(harness.stop(id, { reason: 'enough' }))).toEqual(['executionStopping']);
    expect(harness.execution(id)).toMatchObject({ status: 'Stopping', stopTrigger: { reason: 'enough' } });
    expect(statuses()).toEqual(['Succeeded', 'Stopping']);
    expect(openJobs(harness.execution(id))).toHaveLength(2);
    harness.succeed(id, 'Compile');
    expect(harness.execution(id).status).toBe('Stopping');
    expect(kindsOf(harness.succeed(id, 'Lint'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionEnded',
    ]);
    expect(harness.execution(id)).toMatchObject({ status: 'Stopped', statusSummary: 'enough' });
    expect(statuses()).toEqual(['Succeeded', 'Stopped']);
    expect(harness.execution(id).actions.map(({ actionName }) => actionName)).toEqual(['Fetch', 'Compile', 'Lint']);
  });

  test('a failed action does not fail the execution', () => {
    harness.stop(id);
    harness.fail(id, 'Compile');
    harness.succeed(id, 'Lint');
    expect(harness.execution(id)).toMatchObject({ status: 'Stopped', statusSummary: undefined });
  });

  test('an action continues through its continuations, until its time-out', () => {
    harness.stop(id);
    harness.succeed(id, 'Compile', { continuationToken: 'more' });
    harness.succeed(id, 'Lint');
    expect(harness.execution(id).status).toBe('Stopping');
    harness.clock.pass(24 * 60 * 60 * 1000);
    harness.timeOut(id);
    expect(harness.execution(id).status).toBe('Stopped');
  });

  test('a stage whose actions have all succeeded succeeds, but the next one is not entered', () => {
    for (const name of ['Compile', 'Lint']) harness.succeed(id, name);
    harness.stop(id);
    harness.succeed(id, 'Pack');
    expect(statuses()).toEqual(['Succeeded', 'Succeeded']);
    expect(harness.execution(id)).toMatchObject({ status: 'Stopped', waitingStage: undefined });
  });

  test('the stage is freed for the waiting execution only then', () => {
    const waiter = harness.start();
    harness.succeed(waiter, 'Fetch');
    harness.stop(id);
    expect(harness.execution(waiter).waitingStage).toBe('Build');
    harness.succeed(id, 'Compile');
    expect(harness.succeed(id, 'Lint')).toMatchObject({ then: [{ executionId: waiter }] });
    expect(harness.action(waiter, 'Compile').status).toBe('InProgress');
  });

  test('repeated: DuplicatedStopRequestException', () => {
    harness.stop(id);
    expect(refusalOf(harness.stop(id))).toEqual({
      refuse: 'DuplicatedStopRequestException',
      message: `The execution with ID ${id} in Mill is already in a stopping state. If you already chose to stop and wait, you cannot make that request again. You can choose to stop and abandon now, but be aware that this option can lead to failed actions. If you already chose to stop and abandon, you cannot make that request again.`,
    });
  });

  test('an update of the pipeline does not cancel a stopping execution', () => {
    harness.stop(id);
    harness.update(harness.declaration());
    for (const name of ['Compile', 'Lint']) harness.succeed(id, name);
    expect(harness.execution(id).status).toBe('Stopped');
  });
});

describe('stop and abandon (behaviour C.5)', () => {
  test('ends actions, jobs, stage and execution', () => {
    harness.clock.pass(10);
    const decision = harness.stop(id, { abandon: true, reason: 'now' });
    expect(changesOf(decision)).toMatchObject([
      { kind: 'executionStopping', stopTrigger: { reason: 'now' } },
      { kind: 'jobEnded', status: 'Failed' },
      { kind: 'jobEnded', status: 'Failed' },
      { kind: 'actionAbandoned', action: { status: 'Abandoned', updatedAt: harness.clock.at } },
      { kind: 'actionAbandoned', action: { status: 'Abandoned' } },
      { kind: 'stageEnded', stageName: 'Build', status: 'Stopped' },
      { kind: 'executionEnded', status: 'Stopped', statusSummary: 'now' },
    ]);
    expect(openJobs(harness.execution(id))).toEqual([]);
  });

  test('is possible after stop and wait', () => {
    harness.stop(id, { reason: 'one' });
    harness.succeed(id, 'Compile');
    harness.stop(id, { abandon: true, reason: 'two' });
    expect(harness.execution(id)).toMatchObject({ status: 'Stopped', stopTrigger: { reason: 'two' } });
    expect(harness.action(id, 'Compile').status).toBe('Succeeded');
    expect(harness.action(id, 'Lint').status).toBe('Abandoned');
  });

  test('any late result is accepted without effect, also repeatedly', () => {
    const jobId = harness.job(id, 'Compile').id;
    harness.stop(id, { abandon: true });
    const before = harness.execution(id);
    for (const decision of [
      harness.succeed(id, jobId, { outputVariables: { A: '1' } }),
      harness.succeed(id, jobId),
      harness.fail(id, jobId),
      harness.succeed(id, jobId, { continuationToken: 'more' }),
    ])
      expect(decision).toEqual({ changes: [], answer: undefined });
    expect(harness.execution(id)).toBe(before);
  });

  test('repetitions for a job that had ended earlier follow the usual rule', () => {
    const jobId = harness.job(id, 'Compile').id;
    harness.succeed(id, jobId, { continuationToken: 'more' });
    harness.stop(id, { abandon: true });
    expect(harness.succeed(id, jobId, { continuationToken: 'more' })).toEqual({ changes: [], answer: undefined });
    expect(refusalOf(harness.fail(id, jobId))).toMatchObject({ refuse: 'InvalidJobStateException' });
  });
});

describe('without running actions', () => {
  test.each([true, false])('a waiting execution stops (abandon %s) and never enters', (abandon) => {
    const waiter = harness.start();
    harness.succeed(waiter, 'Fetch');
    harness.stop(waiter, { abandon });
    expect(harness.execution(waiter)).toMatchObject({ status: 'Stopped', waitingStage: undefined });
    expect(harness.snapshot().occupancy[1]).toMatchObject({ holder: id, waiting: [] });
    for (const name of ['Compile', 'Lint', 'Pack']) harness.succeed(id, name);
    expect(harness.snapshot().occupancy[1]).toMatchObject({ holder: undefined, waiting: [] });
  });

  test('an ended execution is refused', () => {
    harness.fail(id, 'Compile');
    harness.succeed(id, 'Lint');
    expect(refusalOf(harness.stop(id))).toEqual(notStoppable(id));
    expect(refusalOf(harness.stop(id, { abandon: true }))).toEqual(notStoppable(id));
  });

  test('a stopped and an unknown execution are refused', () => {
    harness.stop(id, { abandon: true });
    expect(refusalOf(harness.stop(id, { abandon: true }))).toEqual(notStoppable(id));
    const unknown = harness.advance({}, (snapshot, moment) =>
      stopExecution(snapshot, { executionId: 'nope', abandon: false }, moment),
    );
    expect(refusalOf(unknown)).toEqual(notStoppable('nope'));
  });
});

describe('a retry after a stop', () => {
  test('runs the actions that the stop prevented, in either mode', () => {
    for (const mode of ['FAILED_ACTIONS', 'ALL_ACTIONS'] as const) {
      const harness = createHarness(declaration);
      const stopped = harness.start();
      harness.succeed(stopped, 'Fetch');
      harness.stop(stopped);
      for (const name of ['Compile', 'Lint']) harness.succeed(stopped, name);
      expect(harness.execution(stopped).status).toBe('Stopped');
      expect(harness.retry(stopped, 'Build', mode)).toMatchObject({ answer: stopped });
      const again = mode === 'ALL_ACTIONS' ? ['Compile', 'Lint'] : [];
      for (const name of [...again, 'Pack']) harness.succeed(stopped, name);
      expect(harness.execution(stopped)).toMatchObject({ status: 'InProgress', waitingStage: undefined });
      expect(harness.execution(stopped).stages.map(({ status }) => status)).toEqual([
        'Succeeded',
        'Succeeded',
        'InProgress',
      ]);
    }
  });

  test('is refused after another execution has entered the stage, and for one that was waiting', () => {
    const waiter = harness.start();
    harness.succeed(waiter, 'Fetch');
    harness.stop(id);
    for (const name of ['Compile', 'Lint']) harness.succeed(id, name);
    expect(refusalOf(harness.retry(id, 'Build')).refuse).toBe('NotLatestPipelineExecutionException');
    const third = harness.start();
    harness.succeed(third, 'Fetch');
    harness.stop(third);
    expect(harness.execution(third).status).toBe('Stopped');
    for (const stageName of ['Source', 'Build']) {
      expect(refusalOf(harness.retry(third, stageName)).refuse).toBe('StageNotRetryableException');
    }
  });
});
