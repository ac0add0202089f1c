import { describe, expect, test } from 'vitest';
import { createWorld, refusalOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { StoredStage } from '../../model/pipeline.ts';

/** Sets up `Build` with these conditions, whose rule is `Check`. */
function setUp(conditions: Pick<StoredStage, 'beforeEntry' | 'onSuccess'>) {
  const build = gated(stage('Build', action('Compile')), conditions);
  const declaration = declare([stage('Source', source()), build, stage('Deploy', action('Ship'))], {
    pipelineType: 'V2',
  });
  const world = createWorld(declaration);
  const start = () => {
    const id = world.start();
    world.succeed(id, 'Fetch');
    return id;
  };
  return { world, start };
}

const entry = { beforeEntry: condition('FAIL', 'Check') };

describe('OverrideStageCondition (behaviour C.8)', () => {
  test('a failed entry condition: the stage proceeds, the execution is in progress again', () => {
    const { world, start } = setUp(entry);
    const id = start();
    world.fail(id, 'Check');
    world.override(id, 'Build', 'beforeEntry');
    expect(world.check(id, 'Build', 'beforeEntry')).toMatchObject({
      status: 'Overridden',
      summary: 'Overridden by arn',
    });
    expect(world.execution(id)).toMatchObject({ status: 'InProgress' });
    world.succeed(id, 'Compile');
    world.succeed(id, 'Ship');
    expect(world.execution(id).status).toBe('Succeeded');
  });

  test.each([['FAIL'], ['ROLLBACK']] as const)(
    'a success condition failed with %s: the stage has succeeded',
    (result) => {
      const { world, start } = setUp({ onSuccess: condition(result, 'Check') });
      const id = start();
      world.succeed(id, 'Compile');
      world.fail(id, 'Check');
      world.override(id, 'Build', 'onSuccess');
      expect(world.execution(id).stages[1]).toMatchObject({
        stageName: 'Build',
        status: 'Succeeded',
        isLocking: false,
      });
      expect(world.action(id, 'Ship').status).toBe('InProgress');
    },
  );

  test('an overridden entry condition stays overridden in later attempts', () => {
    const { world, start } = setUp(entry);
    const id = start();
    world.fail(id, 'Check');
    world.override(id, 'Build', 'beforeEntry');
    world.fail(id, 'Compile');
    world.retry(id, 'Build');
    world.succeed(id, 'Compile');
    expect(world.action(id, 'Ship').status).toBe('InProgress');
  });

  test('a skip cannot be overridden', () => {
    const { world, start } = setUp({ beforeEntry: condition('SKIP', 'Check') });
    const id = start();
    world.fail(id, 'Check');
    expect(refusalOf(world.override(id, 'Build', 'beforeEntry')).refuse).toBe('ConditionNotOverridableException');
  });

  test('only a failed condition of the given kind can be overridden, once, before an update', () => {
    const { world, start } = setUp(entry);
    const id = start();
    const refusal = (kind: 'beforeEntry' | 'onSuccess' = 'beforeEntry') =>
      refusalOf(world.override(id, 'Build', kind)).refuse;
    world.fail(id, 'Check');
    expect(refusal('onSuccess')).toBe('ConditionNotOverridableException');
    world.override(id, 'Build', 'beforeEntry');
    expect(refusal()).toBe('ConditionNotOverridableException');
    const next = start();
    world.fail(id, 'Compile');
    world.fail(next, 'Check');
    world.update(world.declaration());
    expect(refusalOf(world.override(next, 'Build', 'beforeEntry')).refuse).toBe('ConditionNotOverridableException');
  });

  test('a succeeded condition cannot be overridden', () => {
    const { world, start } = setUp(entry);
    const id = start();
    world.succeed(id, 'Check');
    expect(refusalOf(world.override(id, 'Build', 'beforeEntry')).refuse).toBe('ConditionNotOverridableException');
  });

  test('a condition that is being checked causes a conflict', () => {
    const { world, start } = setUp(entry);
    expect(refusalOf(world.override(start(), 'Build', 'beforeEntry')).refuse).toBe('ConflictException');
  });

  test('refused after a newer execution has entered the stage', () => {
    const { world, start } = setUp(entry);
    const id = start();
    world.fail(id, 'Check');
    const newer = start();
    expect(refusalOf(world.override(id, 'Build', 'beforeEntry'))).toMatchObject({
      refuse: 'NotLatestPipelineExecutionException',
      message: expect.stringContaining(newer),
    });
  });

  test('refused after the rollback that it caused has entered the stage', () => {
    const { world, start } = setUp({ onSuccess: condition('ROLLBACK', 'Check') });
    const good = start();
    world.succeed(good, 'Compile');
    world.succeed(good, 'Check');
    const bad = start();
    world.succeed(bad, 'Compile');
    world.fail(bad, 'Check');
    expect(refusalOf(world.override(bad, 'Build', 'onSuccess')).refuse).toBe('NotLatestPipelineExecutionException');
  });
});
