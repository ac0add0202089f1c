import { beforeEach, describe, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf, openJobs, refusalOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { retryStage } from './retry-stage.ts';

let harness: Harness;
let id: string;
beforeEach(() => {
  harness = createHarness(
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
  id = harness.start();
  harness.succeed(id, 'Fetch');
});

/** Starts an execution in which Compile succeeded with a tag and Lint failed. */
function failLint(): void {
  harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
  harness.fail(id, 'Lint');
}

const attempts = (name: string) => harness.execution(id).actions.filter(({ actionName }) => actionName === name);
const notRetryable = (stageName: string, executionId = id) => ({
  refuse: 'StageNotRetryableException',
  message: `The stage named ${stageName} in the Mill pipeline can't be retried now. Either it contains no failed actions, the execution '${executionId}' is already superseded, or the pipeline definition has changed since the action(s) failed.`,
});

describe('FAILED_ACTIONS (behaviour C.6)', () => {
  test('only the failed action starts again, as a new action execution, then the later ones', () => {
    failLint();
    harness.clock.pass(10);
    const decision = harness.retry(id, 'Build');
    expect(kindsOf(decision)).toEqual(['stageRetried', 'actionStarted', 'jobQueued']);
    expect(decision).toMatchObject({ answer: id });
    expect(harness.execution(id)).toMatchObject({
      status: 'InProgress',
      updatedAt: harness.clock.at,
      stages: [{}, { status: 'InProgress', isLocking: true, manualRetries: 1 }],
    });
    const [old, fresh] = attempts('Lint');
    expect(old).toMatchObject({ status: 'Failed', isRetried: true });
    expect(fresh).toMatchObject({ status: 'InProgress' });
    expect(fresh?.id).not.toBe(old?.id);
    expect(attempts('Compile')).toHaveLength(1);
    harness.succeed(id, 'Lint');
    expect(harness.action(id, 'Pack').start.resolvedConfiguration).toEqual({ Command: 'pack v1' });
    harness.succeed(id, 'Pack');
    harness.succeed(id, 'Ship');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test('the attempt writes to new object keys, which later actions read', () => {
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    harness.retry(id, 'Build');
    const [old, fresh] = attempts('Compile').map(({ start }) => start.outputArtifacts[0]?.objectKey);
    expect(fresh).not.toBe(old);
    harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v2' } });
    expect(harness.action(id, 'Pack').start.inputArtifacts).toMatchObject([{ name: 'Package', objectKey: fresh }]);
  });

  test('next to a running sibling, which continues; the stage has not failed', () => {
    harness.fail(id, 'Lint');
    const compile = harness.action(id, 'Compile').id;
    harness.retry(id, 'Build');
    expect(openJobs(harness.execution(id))).toHaveLength(2);
    harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
    expect(harness.action(id, 'Compile').id).toBe(compile);
    harness.succeed(id, 'Lint');
    expect(harness.action(id, 'Pack').status).toBe('InProgress');
  });

  test('in a stopped stage abandoned actions start again, and the stop reason is cleared', () => {
    harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
    harness.stop(id, { abandon: true, reason: 'enough' });
    harness.retry(id, 'Build');
    expect(attempts('Lint').map(({ status }) => status)).toEqual(['Abandoned', 'InProgress']);
    expect(harness.execution(id)).toMatchObject({
      status: 'InProgress',
      stopTrigger: undefined,
      statusSummary: undefined,
    });
  });

  test('can fail and be retried again', () => {
    failLint();
    for (const manualRetries of [1, 2, 3]) {
      harness.retry(id, 'Build');
      expect(harness.execution(id).stages[1]).toMatchObject({ manualRetries });
      harness.fail(id, 'Lint');
    }
    expect(harness.execution(id).status).toBe('Failed');
    expect(attempts('Lint')).toHaveLength(4);
  });

  test('in the source stage the source uses the newest revision', () => {
    const second = harness.start();
    harness.fail(second, 'Fetch');
    harness.retry(second, 'Source');
    const currentRevision = { revision: 'new', changeIdentifier: 'c' };
    harness.succeed(second, 'Fetch', { currentRevision });
    expect(harness.execution(second).revisions).toMatchObject([{ revisionId: 'new' }]);
  });
});

test('the revision of an earlier source attempt is removed if the next one reports none', () => {
  harness = createHarness(
    declare([stage('Source', source(), source('Other', { outputs: ['More'] })), stage('Build', action('Compile'))]),
  );
  id = harness.start();
  harness.succeed(id, 'Fetch', { currentRevision: { revision: 'old', changeIdentifier: 'c' } });
  harness.fail(id, 'Other');
  harness.retry(id, 'Source', 'ALL_ACTIONS');
  expect(harness.execution(id).revisions).toMatchObject([{ revisionId: 'old' }]);
  harness.succeed(id, 'Fetch');
  expect(harness.execution(id).revisions).toEqual([]);
});

describe('ALL_ACTIONS (behaviour C.6)', () => {
  test('starts from the first run order, including succeeded actions', () => {
    failLint();
    harness.retry(id, 'Build', 'ALL_ACTIONS');
    expect(attempts('Compile').map(({ status }) => status)).toEqual(['Succeeded', 'InProgress']);
    expect(attempts('Lint')).toHaveLength(2);
    harness.succeed(id, 'Lint');
    harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v2' } });
    expect(harness.action(id, 'Pack').start.resolvedConfiguration).toEqual({ Command: 'pack v2' });
  });

  test('is refused while actions run', () => {
    harness.fail(id, 'Lint');
    expect(refusalOf(harness.retry(id, 'Build', 'ALL_ACTIONS'))).toMatchObject({
      refuse: 'StageNotRetryableException',
      message: expect.stringContaining('in progress'),
    });
  });
});

describe('refused', () => {
  test('a stage without failed actions: done, running, never entered', () => {
    for (const stageName of ['Source', 'Build', 'Deploy']) {
      expect(refusalOf(harness.retry(id, stageName))).toEqual(notRetryable(stageName));
    }
  });

  test('a second retry before anything has failed again', () => {
    failLint();
    harness.retry(id, 'Build');
    expect(refusalOf(harness.retry(id, 'Build'))).toEqual(notRetryable('Build'));
  });

  test('a stopping execution', () => {
    harness.fail(id, 'Lint');
    harness.stop(id);
    expect(refusalOf(harness.retry(id, 'Build'))).toEqual(notRetryable('Build'));
  });

  test('an execution that a newer one has followed into the stage, even if it has left', () => {
    failLint();
    const newer = harness.start();
    harness.succeed(newer, 'Fetch');
    const refusal = { refuse: 'NotLatestPipelineExecutionException', message: expect.stringContaining(newer) };
    expect(refusalOf(harness.retry(id, 'Build'))).toMatchObject(refusal);
    harness.stop(newer, { abandon: true });
    expect(refusalOf(harness.retry(id, 'Build'))).toMatchObject(refusal);
    expect(kindsOf(harness.retry(newer, 'Build'))[0]).toBe('stageRetried');
  });

  test('but not one that another only waits for, at a disabled transition', () => {
    harness.close('Build');
    failLint();
    const waiter = harness.start();
    harness.succeed(waiter, 'Fetch');
    harness.retry(id, 'Build');
    expect(harness.snapshot().occupancy[1]).toMatchObject({ holder: id, waiting: [waiter] });
    harness.succeed(id, 'Lint');
    harness.succeed(id, 'Pack');
    harness.open('Build');
    expect(harness.action(waiter, 'Compile').status).toBe('InProgress');
  });

  test('an execution of an older version, a superseded, a cancelled and an unknown one', () => {
    failLint();
    const [, superseded = ''] = [harness.start(), harness.start(), harness.start()];
    harness.update(harness.declaration());
    expect(refusalOf(harness.retry(id, 'Build'))).toEqual(notRetryable('Build'));
    expect(refusalOf(harness.retry(superseded, 'Source'))).toEqual(notRetryable('Source', superseded));
    const unknown = harness.advance({}, (snapshot, moment) =>
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
  harness.retry(id, 'Build');
  harness.update(harness.declaration());
  harness.succeed(id, 'Lint');
  expect(harness.execution(id).status).toBe('Cancelled');
});
