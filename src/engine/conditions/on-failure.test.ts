import { describe, expect, test } from 'vitest';
import { createHarness, type Harness, refusalOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { FailureConditions } from '../../contract/generated.ts';

const retryFailed: FailureConditions = { result: 'RETRY', retryConfiguration: { retryMode: 'FAILED_ACTIONS' } };

/** Sets up `Build` with `Compile` and `Lint` in one run order and `Pack` in the next. */
function setUp(onFailure: FailureConditions): Harness {
  const build = stage('Build', action('Compile'), action('Lint'), action('Pack', { runOrder: 2 }));
  return createHarness(
    declare([stage('Source', source()), gated(build, { onFailure }), stage('Deploy', action('Ship'))], {
      pipelineType: 'V2',
    }),
  );
}

function fetched(harness: Harness): string {
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return id;
}

function succeeded(harness: Harness): string {
  const id = fetched(harness);
  for (const name of ['Compile', 'Lint', 'Pack', 'Ship']) harness.succeed(id, name);
  return id;
}

function stageOf(harness: Harness, id: string) {
  return harness.execution(id).stages.find(({ stageName }) => stageName === 'Build');
}

function attempts(harness: Harness, id: string, name: string): number {
  return harness.execution(id).actions.filter(({ actionName }) => actionName === name).length;
}

describe('automatic retry (behaviour C.6)', () => {
  test('retries the failed actions in the same execution once their siblings have ended', () => {
    const harness = setUp(retryFailed);
    const id = fetched(harness);
    harness.fail(id, 'Compile');
    expect(attempts(harness, id, 'Compile')).toBe(1);
    harness.succeed(id, 'Lint');
    expect([attempts(harness, id, 'Compile'), attempts(harness, id, 'Lint')]).toEqual([2, 1]);
    expect(stageOf(harness, id)).toMatchObject({
      status: 'InProgress',
      manualRetries: 0,
      automaticRetries: 1,
      latestRetry: 'AutomatedStageRetry',
    });
    for (const name of ['Compile', 'Pack', 'Ship']) harness.succeed(id, name);
    expect(harness.execution(id).status).toBe('Succeeded');
    expect(harness.executions()).toHaveLength(1);
  });

  test.each<[string, FailureConditions]>([
    ['with ALL_ACTIONS', { result: 'RETRY', retryConfiguration: { retryMode: 'ALL_ACTIONS' } }],
    ['without a configuration', { result: 'RETRY' }],
    ['without a mode', { result: 'RETRY', retryConfiguration: {} }],
  ])('%s runs every action again, once', (_what, onFailure) => {
    const harness = setUp(onFailure);
    const id = fetched(harness);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    expect([attempts(harness, id, 'Compile'), attempts(harness, id, 'Lint')]).toEqual([2, 2]);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    expect([attempts(harness, id, 'Compile'), attempts(harness, id, 'Lint')]).toEqual([2, 2]);
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('happens once: an automatic attempt that fails stays failed', () => {
    const harness = setUp(retryFailed);
    const id = fetched(harness);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    harness.fail(id, 'Compile');
    expect(stageOf(harness, id)).toMatchObject({ status: 'Failed', automaticRetries: 1 });
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('happens again if a manual retry fails', () => {
    const harness = setUp(retryFailed);
    const id = fetched(harness);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    harness.fail(id, 'Compile');
    harness.retry(id, 'Build');
    expect(stageOf(harness, id)).toMatchObject({ latestRetry: 'ManualStageRetry', manualRetries: 1 });
    harness.fail(id, 'Compile');
    expect(stageOf(harness, id)).toMatchObject({ status: 'InProgress', automaticRetries: 2, manualRetries: 1 });
  });

  test('also happens for an action that times out or cannot start', () => {
    const harness = setUp(retryFailed);
    const id = fetched(harness);
    harness.succeed(id, 'Lint');
    harness.clock.pass(24 * 60 * 60 * 1000);
    harness.timeOut(id);
    expect(attempts(harness, id, 'Compile')).toBe(2);

    const broken = createHarness(
      declare([
        stage('Source', source()),
        gated(stage('Build', action('Compile', { configuration: { Command: '#{Nobody.Tag}' } })), {
          onFailure: retryFailed,
        }),
      ]),
    );
    const failed = fetched(broken);
    expect(attempts(broken, failed, 'Compile')).toBe(2);
    expect(broken.execution(failed).status).toBe('Failed');
  });

  test('also happens in the source stage', () => {
    const harness = createHarness(
      declare([gated(stage('Source', source()), { onFailure: retryFailed }), stage('Build', action('Compile'))]),
    );
    const id = harness.start();
    harness.fail(id, 'Fetch');
    harness.succeed(id, 'Fetch');
    expect(harness.action(id, 'Compile').status).toBe('InProgress');
  });

  test('requests a rejected approval again', () => {
    const asking = gated(stage('Build', approval('Ask')), { onFailure: retryFailed });
    const harness = createHarness(declare([stage('Source', source()), asking]));
    const id = fetched(harness);
    harness.answer(id, 'Ask', { status: 'Rejected' });
    expect(attempts(harness, id, 'Ask')).toBe(2);
    harness.answer(id, 'Ask');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test('does not happen after a stop or an update', () => {
    const harness = setUp(retryFailed);
    const stopped = fetched(harness);
    harness.stop(stopped);
    harness.fail(stopped, 'Compile');
    harness.fail(stopped, 'Lint');
    expect(harness.execution(stopped).status).toBe('Stopped');
    const outdated = fetched(harness);
    harness.update(harness.declaration());
    harness.fail(outdated, 'Compile');
    harness.fail(outdated, 'Lint');
    expect(harness.execution(outdated).status).toBe('Cancelled');
    expect([attempts(harness, stopped, 'Compile'), attempts(harness, outdated, 'Compile')]).toEqual([1, 1]);
  });
});

describe('automatic rollback (behaviour C.7)', () => {
  const fail = (harness: Harness): string => {
    const id = fetched(harness);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    return id;
  };

  test('targets the latest success in this version, and enters ahead of waiting executions', () => {
    const harness = setUp({ result: 'ROLLBACK' });
    succeeded(harness);
    const good = succeeded(harness);
    const bad = fetched(harness);
    harness.succeed(bad, 'Lint');
    const waiting = fetched(harness);
    harness.fail(bad, 'Compile');
    expect(harness.execution(bad).status).toBe('Failed');
    const rollback = harness.executions().at(-1);
    expect(rollback).toMatchObject({ rollback: { targetExecutionId: good }, status: 'InProgress' });
    expect(harness.execution(waiting).waitingStage).toBe('Build');
    for (const name of ['Compile', 'Lint', 'Pack']) harness.succeed(rollback?.id ?? '', name);
    expect(harness.execution(rollback?.id ?? '').status).toBe('Succeeded');
    expect(harness.execution(waiting).waitingStage).toBeUndefined();
  });

  test('leaves the stage failed if no execution of this version has succeeded in it', () => {
    const harness = setUp({ result: 'ROLLBACK' });
    succeeded(harness);
    harness.update(harness.declaration());
    const id = fail(harness);
    expect(harness.execution(id).status).toBe('Failed');
    expect(harness.executions().filter(({ rollback }) => rollback)).toEqual([]);
  });

  test('neither follows a failed rollback nor targets a rollback', () => {
    const harness = setUp({ result: 'ROLLBACK' });
    const good = succeeded(harness);
    fail(harness);
    const rollback = harness.executions().at(-1)?.id ?? '';
    harness.succeed(rollback, 'Compile');
    harness.fail(rollback, 'Lint');
    expect(harness.execution(rollback).status).toBe('Failed');
    expect(harness.executions().at(-1)?.id).toBe(rollback);
    fail(harness);
    expect(harness.executions().at(-1)?.rollback?.targetExecutionId).toBe(good);
  });

  test('lets the waiting execution in when it ends, with any outcome', () => {
    const harness = setUp({ result: 'ROLLBACK' });
    succeeded(harness);
    const bad = fetched(harness);
    harness.succeed(bad, 'Lint');
    const next = fetched(harness);
    harness.fail(bad, 'Compile');
    const rollback = harness.executions().at(-1)?.id ?? '';
    harness.stop(rollback, { abandon: true });
    expect(harness.action(next, 'Compile').status).toBe('InProgress');
  });
});

describe('a failure condition (behaviour C.8)', () => {
  const conditional = (result: 'ROLLBACK' | 'RETRY' | 'FAIL') => setUp(condition(result, 'KnownFlake', 'NotTwice'));
  const fail = (harness: Harness) => {
    const id = fetched(harness);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    return id;
  };

  test('is checked while the stage is still locked', () => {
    const harness = conditional('ROLLBACK');
    const id = fail(harness);
    expect(stageOf(harness, id)).toMatchObject({ status: 'InProgress', isLocking: true });
    expect(harness.check(id, 'Build', 'onFailure').status).toBe('InProgress');
  });

  test('applies its result if all of its rules succeed', () => {
    const harness = conditional('ROLLBACK');
    const good = succeeded(harness);
    const bad = fail(harness);
    harness.succeed(bad, 'KnownFlake');
    harness.succeed(bad, 'NotTwice');
    expect(harness.execution(bad).status).toBe('Failed');
    expect(harness.executions().at(-1)?.rollback?.targetExecutionId).toBe(good);
  });

  test('fails the stage if a rule fails', () => {
    const harness = conditional('ROLLBACK');
    succeeded(harness);
    const bad = fail(harness);
    harness.succeed(bad, 'KnownFlake');
    harness.fail(bad, 'NotTwice');
    expect(harness.execution(bad).status).toBe('Failed');
    expect(harness.executions()).toHaveLength(2);
  });

  test('can retry the stage once, and the new attempt is checked again', () => {
    const harness = conditional('RETRY');
    const id = fail(harness);
    harness.succeed(id, 'KnownFlake');
    harness.succeed(id, 'NotTwice');
    expect(attempts(harness, id, 'Compile')).toBe(2);
    harness.succeed(id, 'Lint');
    harness.fail(id, 'Compile');
    expect(harness.execution(id).conditions.map(({ status, isRetried }) => [status, isRetried])).toEqual([
      ['Succeeded', true],
      ['InProgress', undefined],
    ]);
    harness.succeed(id, 'KnownFlake');
    harness.succeed(id, 'NotTwice');
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('with FAIL changes nothing', () => {
    const harness = conditional('FAIL');
    const id = fail(harness);
    harness.succeed(id, 'KnownFlake');
    harness.succeed(id, 'NotTwice');
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('is not checked if another condition failed the stage', () => {
    const stages = ['beforeEntry', 'onSuccess'].map((kind) =>
      gated(stage('Build', action('Compile')), { [kind]: condition('FAIL', 'Open'), onFailure: { result: 'RETRY' } }),
    );
    for (const build of stages) {
      const harness = createHarness(declare([stage('Source', source()), build]));
      const id = fetched(harness);
      if (build.onSuccess) harness.succeed(id, 'Compile');
      harness.fail(id, 'Open');
      expect(harness.execution(id).status).toBe('Failed');
    }
  });

  test('refuses a retry until its outcome is known', () => {
    const harness = conditional('RETRY');
    const id = fail(harness);
    expect(refusalOf(harness.retry(id, 'Build'))).toMatchObject({ refuse: 'ConflictException' });
    harness.fail(id, 'KnownFlake');
    harness.fail(id, 'NotTwice');
    expect('refuse' in harness.retry(id, 'Build')).toBe(false);
  });
});
