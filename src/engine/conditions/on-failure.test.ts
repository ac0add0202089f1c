import { describe, expect, test } from 'vitest';
import { createWorld, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { FailureConditions } from '../../contract/generated.ts';

const retryFailed: FailureConditions = { result: 'RETRY', retryConfiguration: { retryMode: 'FAILED_ACTIONS' } };

/** `Build` with `Compile` and `Lint` of one run order and `Pack` of the next. */
function world(onFailure: FailureConditions): World {
  const build = stage('Build', action('Compile'), action('Lint'), action('Pack', { runOrder: 2 }));
  return createWorld(
    declare([stage('Source', source()), gated(build, { onFailure }), stage('Deploy', action('Ship'))], {
      pipelineType: 'V2',
    }),
  );
}

function fetched(told: World): string {
  const id = told.start();
  told.succeed(id, 'Fetch');
  return id;
}

function succeeded(told: World): string {
  const id = fetched(told);
  for (const name of ['Compile', 'Lint', 'Pack', 'Ship']) told.succeed(id, name);
  return id;
}

function passage(told: World, id: string) {
  return told.execution(id).stages.find(({ stageName }) => stageName === 'Build');
}

function attempts(told: World, id: string, name: string): number {
  return told.execution(id).actions.filter(({ actionName }) => actionName === name).length;
}

describe('automatic retry (behaviour C.6)', () => {
  test('runs the failed actions again in the same execution, once their siblings have ended', () => {
    const told = world(retryFailed);
    const id = fetched(told);
    told.fail(id, 'Compile');
    expect(attempts(told, id, 'Compile')).toBe(1);
    told.succeed(id, 'Lint');
    expect([attempts(told, id, 'Compile'), attempts(told, id, 'Lint')]).toEqual([2, 1]);
    expect(passage(told, id)).toMatchObject({
      status: 'InProgress',
      manualRetries: 0,
      automaticRetries: 1,
      latestRetry: 'AutomatedStageRetry',
    });
    for (const name of ['Compile', 'Pack', 'Ship']) told.succeed(id, name);
    expect(told.execution(id).status).toBe('Succeeded');
    expect(told.executions()).toHaveLength(1);
  });

  test.each<[string, FailureConditions]>([
    ['with ALL_ACTIONS', { result: 'RETRY', retryConfiguration: { retryMode: 'ALL_ACTIONS' } }],
    ['without a configuration', { result: 'RETRY' }],
    ['without a mode', { result: 'RETRY', retryConfiguration: {} }],
  ])('%s runs every action again, once', (_what, onFailure) => {
    const told = world(onFailure);
    const id = fetched(told);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    expect([attempts(told, id, 'Compile'), attempts(told, id, 'Lint')]).toEqual([2, 2]);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    expect([attempts(told, id, 'Compile'), attempts(told, id, 'Lint')]).toEqual([2, 2]);
    expect(told.execution(id).status).toBe('Failed');
  });

  test('happens once for a failure: an automatic attempt that fails stays failed', () => {
    const told = world(retryFailed);
    const id = fetched(told);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    told.fail(id, 'Compile');
    expect(passage(told, id)).toMatchObject({ status: 'Failed', automaticRetries: 1 });
    expect(told.execution(id).status).toBe('Failed');
  });

  test('happens again for the failure of an attempt that somebody asked for', () => {
    const told = world(retryFailed);
    const id = fetched(told);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    told.fail(id, 'Compile');
    told.retry(id, 'Build');
    expect(passage(told, id)).toMatchObject({ latestRetry: 'ManualStageRetry', manualRetries: 1 });
    told.fail(id, 'Compile');
    expect(passage(told, id)).toMatchObject({ status: 'InProgress', automaticRetries: 2, manualRetries: 1 });
  });

  test('of what times out or cannot start as well', () => {
    const told = world(retryFailed);
    const id = fetched(told);
    told.succeed(id, 'Lint');
    told.clock.pass(24 * 60 * 60 * 1000);
    told.timeOut(id);
    expect(attempts(told, id, 'Compile')).toBe(2);

    const broken = createWorld(
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

  test('of the source stage', () => {
    const told = createWorld(
      declare([gated(stage('Source', source()), { onFailure: retryFailed }), stage('Build', action('Compile'))]),
    );
    const id = told.start();
    told.fail(id, 'Fetch');
    told.succeed(id, 'Fetch');
    expect(told.action(id, 'Compile').status).toBe('InProgress');
  });

  test('asks for a rejected approval again', () => {
    const asking = gated(stage('Build', approval('Ask')), { onFailure: retryFailed });
    const told = createWorld(declare([stage('Source', source()), asking]));
    const id = fetched(told);
    told.answer(id, 'Ask', { status: 'Rejected' });
    expect(attempts(told, id, 'Ask')).toBe(2);
    told.answer(id, 'Ask');
    expect(told.execution(id).status).toBe('Succeeded');
  });

  test('starts nothing after a stop or an update', () => {
    const told = world(retryFailed);
    const stopped = fetched(told);
    told.stop(stopped);
    told.fail(stopped, 'Compile');
    told.fail(stopped, 'Lint');
    expect(told.execution(stopped).status).toBe('Stopped');
    const outdated = fetched(told);
    told.update(told.declaration());
    told.fail(outdated, 'Compile');
    told.fail(outdated, 'Lint');
    expect(told.execution(outdated).status).toBe('Cancelled');
    expect([attempts(told, stopped, 'Compile'), attempts(told, outdated, 'Compile')]).toEqual([1, 1]);
  });
});

describe('automatic rollback (behaviour C.7)', () => {
  const fail = (told: World): string => {
    const id = fetched(told);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    return id;
  };

  test('goes back to the newest success in this version, and enters before whoever waits', () => {
    const told = world({ result: 'ROLLBACK' });
    succeeded(told);
    const good = succeeded(told);
    const bad = fetched(told);
    told.succeed(bad, 'Lint');
    const waiting = fetched(told);
    told.fail(bad, 'Compile');
    expect(told.execution(bad).status).toBe('Failed');
    const rollback = told.executions().at(-1);
    expect(rollback).toMatchObject({ rollback: { targetExecutionId: good }, status: 'InProgress' });
    expect(told.execution(waiting).waitingStage).toBe('Build');
    for (const name of ['Compile', 'Lint', 'Pack']) told.succeed(rollback?.id ?? '', name);
    expect(told.execution(rollback?.id ?? '').status).toBe('Succeeded');
    expect(told.execution(waiting).waitingStage).toBeUndefined();
  });

  test('leaves the stage failed where no execution of this version has succeeded in it', () => {
    const told = world({ result: 'ROLLBACK' });
    succeeded(told);
    told.update(told.declaration());
    const id = fail(told);
    expect(told.execution(id).status).toBe('Failed');
    expect(told.executions().filter(({ rollback }) => rollback)).toEqual([]);
  });

  test('is never made of a rollback: neither what fails it nor what it goes back to', () => {
    const told = world({ result: 'ROLLBACK' });
    const good = succeeded(told);
    fail(told);
    const rollback = told.executions().at(-1)?.id ?? '';
    told.succeed(rollback, 'Compile');
    told.fail(rollback, 'Lint');
    expect(told.execution(rollback).status).toBe('Failed');
    expect(told.executions().at(-1)?.id).toBe(rollback);
    fail(told);
    expect(told.executions().at(-1)?.rollback?.targetExecutionId).toBe(good);
  });

  test('lets the waiter in when it is over, however it ends', () => {
    const told = world({ result: 'ROLLBACK' });
    succeeded(told);
    const bad = fetched(told);
    told.succeed(bad, 'Lint');
    const next = fetched(told);
    told.fail(bad, 'Compile');
    const rollback = told.executions().at(-1)?.id ?? '';
    told.stop(rollback, { abandon: true });
    expect(told.action(next, 'Compile').status).toBe('InProgress');
  });
});

describe('a failure condition (behaviour C.8)', () => {
  const conditional = (result: 'ROLLBACK' | 'RETRY' | 'FAIL') => world(condition(result, 'KnownFlake', 'NotTwice'));
  const fail = (told: World) => {
    const id = fetched(told);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    return id;
  };

  test('is checked while the stage is still held', () => {
    const told = conditional('ROLLBACK');
    const id = fail(told);
    expect(passage(told, id)).toMatchObject({ status: 'InProgress', isLocking: true });
    expect(told.check(id, 'Build', 'onFailure').status).toBe('InProgress');
  });

  test('engages its result when it is met: all of its rules succeed', () => {
    const told = conditional('ROLLBACK');
    const good = succeeded(told);
    const bad = fail(told);
    told.succeed(bad, 'KnownFlake');
    told.succeed(bad, 'NotTwice');
    expect(told.execution(bad).status).toBe('Failed');
    expect(told.executions().at(-1)?.rollback?.targetExecutionId).toBe(good);
  });

  test('engages nothing when it is not met: the stage fails', () => {
    const told = conditional('ROLLBACK');
    succeeded(told);
    const bad = fail(told);
    told.succeed(bad, 'KnownFlake');
    told.fail(bad, 'NotTwice');
    expect(told.execution(bad).status).toBe('Failed');
    expect(told.executions()).toHaveLength(2);
  });

  test('may retry the stage; the attempt after that is checked anew and not retried again', () => {
    const told = conditional('RETRY');
    const id = fail(told);
    told.succeed(id, 'KnownFlake');
    told.succeed(id, 'NotTwice');
    expect(attempts(told, id, 'Compile')).toBe(2);
    told.succeed(id, 'Lint');
    told.fail(id, 'Compile');
    expect(told.execution(id).conditions.map(({ status, isRetried }) => [status, isRetried])).toEqual([
      ['Succeeded', true],
      ['InProgress', undefined],
    ]);
    told.succeed(id, 'KnownFlake');
    told.succeed(id, 'NotTwice');
    expect(told.execution(id).status).toBe('Failed');
  });

  test('with FAIL only looks on', () => {
    const told = conditional('FAIL');
    const id = fail(told);
    told.succeed(id, 'KnownFlake');
    told.succeed(id, 'NotTwice');
    expect(told.execution(id).status).toBe('Failed');
  });

  test('is about failed actions, not about a stage that its other conditions failed', () => {
    const stages = ['beforeEntry', 'onSuccess'].map((kind) =>
      gated(stage('Build', action('Compile')), { [kind]: condition('FAIL', 'Open'), onFailure: { result: 'RETRY' } }),
    );
    for (const build of stages) {
      const told = createWorld(declare([stage('Source', source()), build]));
      const id = fetched(told);
      if (build.onSuccess) told.succeed(id, 'Compile');
      told.fail(id, 'Open');
      expect(told.execution(id).status).toBe('Failed');
    }
  });

  test('keeps a retry waiting until its outcome is known', () => {
    const told = conditional('RETRY');
    const id = fail(told);
    expect(refusalOf(told.retry(id, 'Build'))).toMatchObject({ refuse: 'ConflictException' });
    told.fail(id, 'KnownFlake');
    told.fail(id, 'NotTwice');
    expect('refuse' in told.retry(id, 'Build')).toBe(false);
  });
});
