import { beforeEach, describe, expect, test } from 'vitest';
import { createWorld, kindsOf, openJobs, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { retryStage } from './retry-stage.ts';

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld(
    declare([
      stage('Source', source()),
      stage(
        'Build',
        action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }),
        action('Lint'),
        action('Pack', { runOrder: 2, inputs: ['Package'], configuration: { Command: 'pack #{Bld.Tag}' } }),
      ),
      stage('Deploy', action('Ship', { inputs: ['Package'] })),
    ]),
  );
  id = world.start();
  world.succeed(id, 'Fetch');
});

/** Starts an execution in which Compile succeeded with a tag and Lint failed. */
function failLint(): void {
  world.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
  world.fail(id, 'Lint');
}

const attempts = (name: string) => world.execution(id).actions.filter(({ actionName }) => actionName === name);
const notRetryable = (stageName: string, executionId = id) => ({
  refuse: 'StageNotRetryableException',
  message: `The stage named ${stageName} in the Mill pipeline can't be retried now. Either it contains no failed actions, the execution '${executionId}' is already superseded, or the pipeline definition has changed since the action(s) failed.`,
});

describe('FAILED_ACTIONS (behaviour C.6)', () => {
  test('only the failed action starts again, as a new action execution, then the later ones', () => {
    failLint();
    world.clock.pass(10);
    const decision = world.retry(id, 'Build');
    expect(kindsOf(decision)).toEqual(['stageRetried', 'actionStarted', 'jobQueued']);
    expect(decision).toMatchObject({ answer: id });
    expect(world.execution(id)).toMatchObject({
      status: 'InProgress',
      updatedAt: world.clock.at,
      stages: [{}, { status: 'InProgress', isLocking: true, manualRetries: 1 }],
    });
    const [old, fresh] = attempts('Lint');
    expect(old).toMatchObject({ status: 'Failed', isRetried: true });
    expect(fresh).toMatchObject({ status: 'InProgress' });
    expect(fresh?.id).not.toBe(old?.id);
    expect(attempts('Compile')).toHaveLength(1);
    world.succeed(id, 'Lint');
    expect(world.action(id, 'Pack').start.resolvedConfiguration).toEqual({ Command: 'pack v1' });
    world.succeed(id, 'Pack');
    world.succeed(id, 'Ship');
    expect(world.execution(id).status).toBe('Succeeded');
  });

  test('the attempt writes to new object keys, which later actions read', () => {
    world.succeed(id, 'Lint');
    world.fail(id, 'Compile');
    world.retry(id, 'Build');
    const [old, fresh] = attempts('Compile').map(({ start }) => start.outputArtifacts[0]?.objectKey);
    expect(fresh).not.toBe(old);
    world.succeed(id, 'Compile', { outputVariables: { Tag: 'v2' } });
    expect(world.action(id, 'Pack').start.inputArtifacts).toMatchObject([{ name: 'Package', objectKey: fresh }]);
  });

  test('next to a running sibling, which continues; the stage has not failed', () => {
    world.fail(id, 'Lint');
    const compile = world.action(id, 'Compile').id;
    world.retry(id, 'Build');
    expect(openJobs(world.execution(id))).toHaveLength(2);
    world.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
    expect(world.action(id, 'Compile').id).toBe(compile);
    world.succeed(id, 'Lint');
    expect(world.action(id, 'Pack').status).toBe('InProgress');
  });

  test('in a stopped stage abandoned actions start again, and the stop reason is cleared', () => {
    world.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
    world.stop(id, { abandon: true, reason: 'enough' });
    world.retry(id, 'Build');
    expect(attempts('Lint').map(({ status }) => status)).toEqual(['Abandoned', 'InProgress']);
    expect(world.execution(id)).toMatchObject({
      status: 'InProgress',
      stopTrigger: undefined,
      statusSummary: undefined,
    });
  });

  test('can fail and be retried again', () => {
    failLint();
    for (const manualRetries of [1, 2, 3]) {
      world.retry(id, 'Build');
      expect(world.execution(id).stages[1]).toMatchObject({ manualRetries });
      world.fail(id, 'Lint');
    }
    expect(world.execution(id).status).toBe('Failed');
    expect(attempts('Lint')).toHaveLength(4);
  });

  test('in the source stage the source uses the newest revision', () => {
    const second = world.start();
    world.fail(second, 'Fetch');
    world.retry(second, 'Source');
    const currentRevision = { revision: 'new', changeIdentifier: 'c' };
    world.succeed(second, 'Fetch', { currentRevision });
    expect(world.execution(second).revisions).toMatchObject([{ revisionId: 'new' }]);
  });
});

test('the revision of an earlier source attempt is removed if the next one reports none', () => {
  world = createWorld(
    declare([stage('Source', source(), source('Other', { outputs: ['More'] })), stage('Build', action('Compile'))]),
  );
  id = world.start();
  world.succeed(id, 'Fetch', { currentRevision: { revision: 'old', changeIdentifier: 'c' } });
  world.fail(id, 'Other');
  world.retry(id, 'Source', 'ALL_ACTIONS');
  expect(world.execution(id).revisions).toMatchObject([{ revisionId: 'old' }]);
  world.succeed(id, 'Fetch');
  expect(world.execution(id).revisions).toEqual([]);
});

describe('ALL_ACTIONS (behaviour C.6)', () => {
  test('starts from the first run order, including succeeded actions', () => {
    failLint();
    world.retry(id, 'Build', 'ALL_ACTIONS');
    expect(attempts('Compile').map(({ status }) => status)).toEqual(['Succeeded', 'InProgress']);
    expect(attempts('Lint')).toHaveLength(2);
    world.succeed(id, 'Lint');
    world.succeed(id, 'Compile', { outputVariables: { Tag: 'v2' } });
    expect(world.action(id, 'Pack').start.resolvedConfiguration).toEqual({ Command: 'pack v2' });
  });

  test('is refused while actions run', () => {
    world.fail(id, 'Lint');
    expect(refusalOf(world.retry(id, 'Build', 'ALL_ACTIONS'))).toMatchObject({
      refuse: 'StageNotRetryableException',
      message: expect.stringContaining('in progress'),
    });
  });
});

describe('refused', () => {
  test('a stage without failed actions: done, running, never entered', () => {
    for (const stageName of ['Source', 'Build', 'Deploy']) {
      expect(refusalOf(world.retry(id, stageName))).toEqual(notRetryable(stageName));
    }
  });

  test('a second retry before anything has failed again', () => {
    failLint();
    world.retry(id, 'Build');
    expect(refusalOf(world.retry(id, 'Build'))).toEqual(notRetryable('Build'));
  });

  test('a stopping execution', () => {
    world.fail(id, 'Lint');
    world.stop(id);
    expect(refusalOf(world.retry(id, 'Build'))).toEqual(notRetryable('Build'));
  });

  test('an execution that a newer one has followed into the stage, even if it has left', () => {
    failLint();
    const newer = world.start();
    world.succeed(newer, 'Fetch');
    const refusal = { refuse: 'NotLatestPipelineExecutionException', message: expect.stringContaining(newer) };
    expect(refusalOf(world.retry(id, 'Build'))).toMatchObject(refusal);
    world.stop(newer, { abandon: true });
    expect(refusalOf(world.retry(id, 'Build'))).toMatchObject(refusal);
    expect(kindsOf(world.retry(newer, 'Build'))[0]).toBe('stageRetried');
  });

  test('but not one that another only waits for, at a disabled transition', () => {
    world.close('Build');
    failLint();
    const waiter = world.start();
    world.succeed(waiter, 'Fetch');
    world.retry(id, 'Build');
    expect(world.snapshot().occupancy[1]).toMatchObject({ holder: id, waiting: [waiter] });
    world.succeed(id, 'Lint');
    world.succeed(id, 'Pack');
    world.open('Build');
    expect(world.action(waiter, 'Compile').status).toBe('InProgress');
  });

  test('an execution of an older version, a superseded, a cancelled and an unknown one', () => {
    failLint();
    const [, superseded = ''] = [world.start(), world.start(), world.start()];
    world.update(world.declaration());
    expect(refusalOf(world.retry(id, 'Build'))).toEqual(notRetryable('Build'));
    expect(refusalOf(world.retry(superseded, 'Source'))).toEqual(notRetryable('Source', superseded));
    const unknown = world.advance({}, (snapshot, moment) =>
      retryStage(snapshot, { executionId: 'nope', stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
    );
    expect(refusalOf(unknown)).toEqual({
      refuse: 'StageNotRetryableException',
      message: "Pipeline Execution with id 'nope' does not exist in pipeline with name 'Mill'",
    });
  });
});

test('an update during the retry cancels the execution', () => {
  failLint();
  world.retry(id, 'Build');
  world.update(world.declaration());
  world.succeed(id, 'Lint');
  expect(world.execution(id).status).toBe('Cancelled');
});
