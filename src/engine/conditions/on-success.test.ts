import { describe, expect, test } from 'vitest';
import { createWorld, refusalOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Result } from '../../contract/generated.ts';

/** Sets up `Build` with `Compile` and `Lint` and a success condition with the rule `Healthy`. */
function built(result: Result | undefined) {
  const world = createWorld(
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
    const id = world.start();
    world.succeed(id, 'Fetch');
    world.succeed(id, 'Compile');
    world.succeed(id, 'Lint');
    return id;
  };
  const status = (id: string) => world.execution(id).stages.find(({ stageName }) => stageName === 'Build')?.status;
  return { world, build, status };
}

describe('a success condition (behaviour C.8)', () => {
  test('is checked once every action has succeeded, and keeps the stage locked', () => {
    const { world, build, status } = built('FAIL');
    const id = build();
    expect(world.check(id, 'Build', 'onSuccess')).toMatchObject({ status: 'InProgress' });
    expect(status(id)).toBe('InProgress');
    world.succeed(id, 'Healthy');
    expect(status(id)).toBe('Succeeded');
    expect(world.action(id, 'Ship').status).toBe('InProgress');
  });

  test.each([['FAIL'], [undefined]] as const)('that fails with the result %s fails the stage', (result) => {
    const { world, build, status } = built(result);
    const id = build();
    world.fail(id, 'Healthy');
    expect(status(id)).toBe('Failed');
    expect(world.execution(id)).toMatchObject({ status: 'Failed' });
    expect(world.executions()).toHaveLength(1);
  });

  test('that fails cannot be retried, since no action has failed', () => {
    const { world, build } = built('FAIL');
    const id = build();
    world.fail(id, 'Healthy');
    expect(refusalOf(world.retry(id, 'Build', 'ALL_ACTIONS'))).toMatchObject({ refuse: 'StageNotRetryableException' });
  });

  test('with ROLLBACK starts a rollback to the latest success in the same decision', () => {
    const { world, build, status } = built('ROLLBACK');
    world.succeed(build(), 'Healthy');
    const good = build();
    world.succeed(good, 'Healthy');
    const bad = build();
    world.fail(bad, 'Healthy');
    expect(status(bad)).toBe('Failed');
    expect(world.executions().at(-1)).toMatchObject({
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
    const { world, build, status } = built('ROLLBACK');
    const id = build();
    world.fail(id, 'Healthy');
    expect(status(id)).toBe('Failed');
    expect(world.executions()).toHaveLength(1);
  });

  test('is not checked in a rollback, which nothing may prevent', () => {
    const { world, build } = built('ROLLBACK');
    world.succeed(build(), 'Healthy');
    world.fail(build(), 'Healthy');
    const rollback = world.executions().at(-1)?.id ?? '';
    world.succeed(rollback, 'Compile');
    world.succeed(rollback, 'Lint');
    expect(world.execution(rollback)).toMatchObject({ status: 'Succeeded', conditions: [] });
  });

  test('is checked again after a retry', () => {
    const { world, build } = built('FAIL');
    const id = build();
    world.stop(id, { abandon: true });
    expect(world.check(id, 'Build', 'onSuccess').status).toBe('Abandoned');
    const other = world.start();
    world.succeed(other, 'Fetch');
    world.fail(other, 'Compile');
    world.succeed(other, 'Lint');
    world.retry(other, 'Build');
    world.succeed(other, 'Compile');
    expect(world.check(other, 'Build', 'onSuccess').status).toBe('InProgress');
  });
});
