import { describe, expect, test } from 'vitest';
import { createHarness, refusalOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { StoredStage } from '../../model/pipeline.ts';

/** Sets up `Build` with these conditions, whose rule is `Check`. */
function setUp(conditions: Pick<StoredStage, 'beforeEntry' | 'onSuccess'>) {
  const build = gated(stage('Build', action('Compile')), conditions);
  const declaration = declare([stage('Source', source()), build, stage('Deploy', action('Ship'))], {
    pipelineType: 'V2',
  });
  const harness = createHarness(declaration);
  const start = () => {
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    return id;
  };
  return { harness, start };
}

const entry = { beforeEntry: condition('FAIL', 'Check') };

describe('OverrideStageCondition (behaviour C.8)', () => {
  test('a failed entry condition: the stage proceeds, the execution is in progress again', () => {
    const { harness, start } = setUp(entry);
    const id = start();
    harness.fail(id, 'Check');
    harness.override(id, 'Build', 'beforeEntry');
    expect(harness.check(id, 'Build', 'beforeEntry')).toMatchObject({
      status: 'Overridden',
      summary: 'Overridden by arn',
    });
    expect(harness.execution(id)).toMatchObject({ status: 'InProgress' });
    harness.succeed(id, 'Compile');
    harness.succeed(id, 'Ship');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test.each([['FAIL'], ['ROLLBACK']] as const)(
    'a success condition failed with %s: the stage has succeeded',
    (result) => {
      const { harness, start } = setUp({ onSuccess: condition(result, 'Check') });
      const id = start();
      harness.succeed(id, 'Compile');
      harness.fail(id, 'Check');
      harness.override(id, 'Build', 'onSuccess');
      expect(harness.execution(id).stages[1]).toMatchObject({
        stageName: 'Build',
        status: 'Succeeded',
        isLocking: false,
      });
      expect(harness.action(id, 'Ship').status).toBe('InProgress');
    },
  );

  test('an overridden entry condition stays overridden in later attempts', () => {
    const { harness, start } = setUp(entry);
    const id = start();
    harness.fail(id, 'Check');
    harness.override(id, 'Build', 'beforeEntry');
    harness.fail(id, 'Compile');
    harness.retry(id, 'Build');
    harness.succeed(id, 'Compile');
    expect(harness.action(id, 'Ship').status).toBe('InProgress');
  });

  test('a skip cannot be overridden', () => {
    const { harness, start } = setUp({ beforeEntry: condition('SKIP', 'Check') });
    const id = start();
    harness.fail(id, 'Check');
    expect(refusalOf(harness.override(id, 'Build', 'beforeEntry')).refuse).toBe('ConditionNotOverridableException');
  });

  test('only a failed condition of the given kind can be overridden, once, before an update', () => {
    const { harness, start } = setUp(entry);
    const id = start();
    const refusal = (kind: 'beforeEntry' | 'onSuccess' = 'beforeEntry') =>
      refusalOf(harness.override(id, 'Build', kind)).refuse;
    harness.fail(id, 'Check');
    expect(refusal('onSuccess')).toBe('ConditionNotOverridableException');
    harness.override(id, 'Build', 'beforeEntry');
    expect(refusal()).toBe('ConditionNotOverridableException');
    const next = start();
    harness.fail(id, 'Compile');
    harness.fail(next, 'Check');
    harness.update(harness.declaration());
    expect(refusalOf(harness.override(next, 'Build', 'beforeEntry')).refuse).toBe('ConditionNotOverridableException');
  });

  test('a succeeded condition cannot be overridden', () => {
    const { harness, start } = setUp(entry);
    const id = start();
    harness.succeed(id, 'Check');
    expect(refusalOf(harness.override(id, 'Build', 'beforeEntry')).refuse).toBe('ConditionNotOverridableException');
  });

  test('a condition that is being checked causes a conflict', () => {
    const { harness, start } = setUp(entry);
    expect(refusalOf(harness.override(start(), 'Build', 'beforeEntry')).refuse).toBe('ConflictException');
  });

  test('refused after a newer execution has entered the stage', () => {
    const { harness, start } = setUp(entry);
    const id = start();
    harness.fail(id, 'Check');
    const newer = start();
    expect(refusalOf(harness.override(id, 'Build', 'beforeEntry'))).toMatchObject({
      refuse: 'NotLatestPipelineExecutionException',
      message: expect.stringContaining(newer),
    });
  });

  test('refused after the rollback that it caused has entered the stage', () => {
    const { harness, start } = setUp({ onSuccess: condition('ROLLBACK', 'Check') });
    const good = start();
    harness.succeed(good, 'Compile');
    harness.succeed(good, 'Check');
    const bad = start();
    harness.succeed(bad, 'Compile');
    harness.fail(bad, 'Check');
    expect(refusalOf(harness.override(bad, 'Build', 'onSuccess')).refuse).toBe('NotLatestPipelineExecutionException');
  });
});
