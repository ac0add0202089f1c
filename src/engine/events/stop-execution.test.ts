import { beforeEach, describe, expect, test } from 'vitest';
import {
  changesOf,
  createWorld,
  kindsOf,
  openJobs,
  refusalOf,
  type World,
} from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { stopExecution } from './stop-execution.ts';

const declaration = declare([
  stage('Source', source()),
  stage('Build', action('Compile'), action('Lint'), action('Pack', { runOrder: 2 })),
  stage('Deploy', action('Ship')),
]);

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld(declaration);
  id = world.start();
  world.succeed(id, 'Fetch');
});

const statuses = () => world.execution(id).stages.map(({ status }) => status);
const notStoppable = (executionId: string) => ({
  refuse: 'PipelineExecutionNotStoppableException',
  message: `The pipeline execution with ID '${executionId}' in 'Mill' can't be stopped now. Either it does not exist in the pipeline, or the pipeline execution has no action executions in progress.`,
});

describe('stop and wait (behaviour C.5)', () => {
  test('the running actions continue, and the execution stops when the last has ended', () => {
    world.clock.pass(10);
    expect(kindsOf(world.stop(id, { reason: 'enough' }))).toEqual(['executionStopping']);
    expect(world.execution(id)).toMatchObject({ status: 'Stopping', stopTrigger: { reason: 'enough' } });
    expect(statuses()).toEqual(['Succeeded', 'Stopping']);
    expect(openJobs(world.execution(id))).toHaveLength(2);
    world.succeed(id, 'Compile');
    expect(world.execution(id).status).toBe('Stopping');
    expect(kindsOf(world.succeed(id, 'Lint'))).toEqual(['jobEnded', 'actionSucceeded', 'stageEnded', 'executionEnded']);
    expect(world.execution(id)).toMatchObject({ status: 'Stopped', statusSummary: 'enough' });
    expect(statuses()).toEqual(['Succeeded', 'Stopped']);
    expect(world.execution(id).actions.map(({ actionName }) => actionName)).toEqual(['Fetch', 'Compile', 'Lint']);
  });

  test('a failed action does not fail the execution', () => {
    world.stop(id);
    world.fail(id, 'Compile');
    world.succeed(id, 'Lint');
    expect(world.execution(id)).toMatchObject({ status: 'Stopped', statusSummary: undefined });
  });

  test('an action continues through its continuations, until its time-out', () => {
    world.stop(id);
    world.succeed(id, 'Compile', { continuationToken: 'more' });
    world.succeed(id, 'Lint');
    expect(world.execution(id).status).toBe('Stopping');
    world.clock.pass(24 * 60 * 60 * 1000);
    world.timeOut(id);
    expect(world.execution(id).status).toBe('Stopped');
  });

  test('a stage whose actions have all succeeded succeeds, but the next one is not entered', () => {
    for (const name of ['Compile', 'Lint']) world.succeed(id, name);
    world.stop(id);
    world.succeed(id, 'Pack');
    expect(statuses()).toEqual(['Succeeded', 'Succeeded']);
    expect(world.execution(id)).toMatchObject({ status: 'Stopped', waitingStage: undefined });
  });

  test('the stage is freed for the waiting execution only then', () => {
    const waiter = world.start();
    world.succeed(waiter, 'Fetch');
    world.stop(id);
    expect(world.execution(waiter).waitingStage).toBe('Build');
    world.succeed(id, 'Compile');
    expect(world.succeed(id, 'Lint')).toMatchObject({ then: [{ executionId: waiter }] });
    expect(world.action(waiter, 'Compile').status).toBe('InProgress');
  });

  test('repeated: DuplicatedStopRequestException', () => {
    world.stop(id);
    expect(refusalOf(world.stop(id))).toEqual({
      refuse: 'DuplicatedStopRequestException',
      message: `The execution with ID ${id} in Mill is already in a stopping state. If you already chose to stop and wait, you cannot make that request again. You can choose to stop and abandon now, but be aware that this option can lead to failed actions. If you already chose to stop and abandon, you cannot make that request again.`,
    });
  });

  test('an update of the pipeline does not cancel a stopping execution', () => {
    world.stop(id);
    world.update(world.declaration());
    for (const name of ['Compile', 'Lint']) world.succeed(id, name);
    expect(world.execution(id).status).toBe('Stopped');
  });
});

describe('stop and abandon (behaviour C.5)', () => {
  test('ends actions, jobs, stage and execution', () => {
    world.clock.pass(10);
    const decision = world.stop(id, { abandon: true, reason: 'now' });
    expect(changesOf(decision)).toMatchObject([
      { kind: 'executionStopping', stopTrigger: { reason: 'now' } },
      { kind: 'jobEnded', status: 'Failed' },
      { kind: 'jobEnded', status: 'Failed' },
      { kind: 'actionAbandoned', action: { status: 'Abandoned', updatedAt: world.clock.at } },
      { kind: 'actionAbandoned', action: { status: 'Abandoned' } },
      { kind: 'stageEnded', stageName: 'Build', status: 'Stopped' },
      { kind: 'executionEnded', status: 'Stopped', statusSummary: 'now' },
    ]);
    expect(openJobs(world.execution(id))).toEqual([]);
  });

  test('is possible after stop and wait', () => {
    world.stop(id, { reason: 'one' });
    world.succeed(id, 'Compile');
    world.stop(id, { abandon: true, reason: 'two' });
    expect(world.execution(id)).toMatchObject({ status: 'Stopped', stopTrigger: { reason: 'two' } });
    expect(world.action(id, 'Compile').status).toBe('Succeeded');
    expect(world.action(id, 'Lint').status).toBe('Abandoned');
  });

  test('any late result is accepted without effect, also repeatedly', () => {
    const jobId = world.job(id, 'Compile').id;
    world.stop(id, { abandon: true });
    const before = world.execution(id);
    for (const decision of [
      world.succeed(id, jobId, { outputVariables: { A: '1' } }),
      world.succeed(id, jobId),
      world.fail(id, jobId),
      world.succeed(id, jobId, { continuationToken: 'more' }),
    ])
      expect(decision).toEqual({ changes: [], answer: undefined });
    expect(world.execution(id)).toBe(before);
  });

  test('repetitions for a job that had ended earlier follow the usual rule', () => {
    const jobId = world.job(id, 'Compile').id;
    world.succeed(id, jobId, { continuationToken: 'more' });
    world.stop(id, { abandon: true });
    expect(world.succeed(id, jobId, { continuationToken: 'more' })).toEqual({ changes: [], answer: undefined });
    expect(refusalOf(world.fail(id, jobId))).toMatchObject({ refuse: 'InvalidJobStateException' });
  });
});

describe('without running actions', () => {
  test.each([true, false])('a waiting execution stops (abandon %s) and never enters', (abandon) => {
    const waiter = world.start();
    world.succeed(waiter, 'Fetch');
    world.stop(waiter, { abandon });
    expect(world.execution(waiter)).toMatchObject({ status: 'Stopped', waitingStage: undefined });
    expect(world.snapshot().occupancy[1]).toMatchObject({ holder: id, waiting: [] });
    for (const name of ['Compile', 'Lint', 'Pack']) world.succeed(id, name);
    expect(world.snapshot().occupancy[1]).toMatchObject({ holder: undefined, waiting: [] });
  });

  test('an ended execution is refused', () => {
    world.fail(id, 'Compile');
    world.succeed(id, 'Lint');
    expect(refusalOf(world.stop(id))).toEqual(notStoppable(id));
    expect(refusalOf(world.stop(id, { abandon: true }))).toEqual(notStoppable(id));
  });

  test('a stopped and an unknown execution are refused', () => {
    world.stop(id, { abandon: true });
    expect(refusalOf(world.stop(id, { abandon: true }))).toEqual(notStoppable(id));
    const unknown = world.advance({}, (snapshot, moment) =>
      stopExecution(snapshot, { executionId: 'nope', abandon: false }, moment),
    );
    expect(refusalOf(unknown)).toEqual(notStoppable('nope'));
  });
});

describe('a retry after a stop', () => {
  test('runs the actions that the stop prevented, in either mode', () => {
    for (const mode of ['FAILED_ACTIONS', 'ALL_ACTIONS'] as const) {
      const harness = createWorld(declaration);
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
    const waiter = world.start();
    world.succeed(waiter, 'Fetch');
    world.stop(id);
    for (const name of ['Compile', 'Lint']) world.succeed(id, name);
    expect(refusalOf(world.retry(id, 'Build')).refuse).toBe('NotLatestPipelineExecutionException');
    const third = world.start();
    world.succeed(third, 'Fetch');
    world.stop(third);
    expect(world.execution(third).status).toBe('Stopped');
    for (const stageName of ['Source', 'Build']) {
      expect(refusalOf(world.retry(third, stageName)).refuse).toBe('StageNotRetryableException');
    }
  });
});
