import { describe, expect, test } from 'vitest';
import { createHarness, refusalOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Result } from '../../contract/generated.ts';

/** Sets up `Build` with `Compile` and `Lint` and a success condition with the rule `Healthy`. */
function built(result: Result | undefined) {
  const harness = createHarness(
    declare(
      [
        stage('Source', source()),
        gated(stage('Build', action('Compile'), action('Lint')), { onSuccess: condition(result, 'Healthy') }),
        stage('Deploy', action('Ship')),
      ],
      { pipelineType: 'V2' },
    ),
  );
  const build = () => {
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    harness.succeed(id, 'Compile');
    harness.succeed(id, 'Lint');
    return id;
  };
  const status = (id: string) => harness.execution(id).stages.find(({ stageName }) => stageName === 'Build')?.status;
  return { harness, build, status };
}

describe('a success condition (behaviour C.8)', () => {
  test('is checked once every action has succeeded, and keeps the stage locked', () => {
    const { harness, build, status } = built('FAIL');
    const id = build();
    expect(harness.check(id, 'Build', 'onSuccess')).toMatchObject({ status: 'InProgress' });
    expect(status(id)).toBe('InProgress');
    harness.succeed(id, 'Healthy');
    expect(status(id)).toBe('Succeeded');
    expect(harness.action(id, 'Ship').status).toBe('InProgress');
  });

  test.each([['FAIL'], [undefined]] as const)('that fails with the result %s fails the stage', (result) => {
    const { harness, build, status } = built(result);
    const id = build();
    harness.fail(id, 'Healthy');
    expect(status(id)).toBe('Failed');
    expect(harness.execution(id)).toMatchObject({ status: 'Failed' });
    expect(harness.executions()).toHaveLength(1);
  });

  test('that fails cannot be retried, since no action has failed', () => {
    const { harness, build } = built('FAIL');
    const id = build();
    harness.fail(id, 'Healthy');
    expect(refusalOf(harness.retry(id, 'Build', 'ALL_ACTIONS'))).toMatchObject({
      refuse: 'StageNotRetryableException',
    });
  });

  test('with ROLLBACK starts a rollback to the latest success in the same decision', () => {
    const { harness, build, status } = built('ROLLBACK');
    harness.succeed(build(), 'Healthy');
    const good = build();
    harness.succeed(good, 'Healthy');
    const bad = build();
    harness.fail(bad, 'Healthy');
    expect(status(bad)).toBe('Failed');
    expect(harness.executions().at(-1)).toMatchObject({
      status: 'InProgress',
      trigger: {
        triggerType: 'AutomatedRollback',
        triggerDetail: JSON.stringify({ FailedPipelineExecutionId: bad }),
      },
      rollback: { targetExecutionId: good, stageName: 'Build' },
      stages: [{ stageName: 'Build', status: 'InProgress' }],
    });
  });

  test('with ROLLBACK but no target leaves the stage failed (behaviour C.7)', () => {
    const { harness, build, status } = built('ROLLBACK');
    const id = build();
    harness.fail(id, 'Healthy');
    expect(status(id)).toBe('Failed');
    expect(harness.executions()).toHaveLength(1);
  });

  test('is not checked in a rollback, which nothing may prevent', () => {
    const { harness, build } = built('ROLLBACK');
    harness.succeed(build(), 'Healthy');
    harness.fail(build(), 'Healthy');
    const rollback = harness.executions().at(-1)?.id ?? '';
    harness.succeed(rollback, 'Compile');
    harness.succeed(rollback, 'Lint');
    expect(harness.execution(rollback)).toMatchObject({ status: 'Succeeded', conditions: [] });
  });

  test('is checked again after a retry', () => {
    const { harness, build } = built('FAIL');
    const id = build();
    harness.stop(id, { abandon: true });
    expect(harness.check(id, 'Build', 'onSuccess').status).toBe('Abandoned');
    const other = harness.start();
    harness.succeed(other, 'Fetch');
    harness.fail(other, 'Compile');
    harness.succeed(other, 'Lint');
    harness.retry(other, 'Build');
    harness.succeed(other, 'Compile');
    expect(harness.check(other, 'Build', 'onSuccess').status).toBe('InProgress');
  });
});
