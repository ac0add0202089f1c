import { describe, expect, test } from 'vitest';
import { createHarness, kindsOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Result } from '../../contract/generated.ts';

/** Sets up an execution in `Build`, whose entry condition has the rules `Open` and `Ready`. */
function enterBuild(result: Result | undefined) {
  const harness = createHarness(
    declare([
      stage('Source', source()),
      gated(stage('Build', action('Compile')), { beforeEntry: condition(result, 'Open', 'Ready') }),
      stage('Deploy', action('Ship')),
    ]),
  );
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  const stageOf = (stageName: string) => harness.execution(id).stages.find((one) => one.stageName === stageName);
  const names = () => harness.execution(id).actions.map(({ actionName }) => actionName);
  return { harness, id, stageOf, names };
}

describe('an entry condition (behaviour C.8)', () => {
  test('is checked once the stage is locked, its rules in parallel, before any action starts', () => {
    const { harness, id, stageOf, names } = enterBuild('FAIL');
    expect(stageOf('Build')).toMatchObject({ status: 'InProgress', isLocking: true });
    expect(names()).toEqual(['Fetch', 'Open', 'Ready']);
    expect(harness.check(id, 'Build', 'beforeEntry')).toMatchObject({ status: 'InProgress' });
  });

  test('succeeds if all of its rules do, and then the actions start', () => {
    const { harness, id, names } = enterBuild('FAIL');
    harness.succeed(id, 'Ready');
    expect(names()).not.toContain('Compile');
    harness.succeed(id, 'Open');
    expect(names()).toContain('Compile');
    expect(harness.check(id, 'Build', 'beforeEntry')).toMatchObject({ status: 'Succeeded', summary: undefined });
  });

  test.each([['FAIL'], [undefined]] as const)('that fails with the result %s fails stage and execution', (result) => {
    const { harness, id, stageOf, names } = enterBuild(result);
    harness.fail(id, 'Open');
    expect(harness.check(id, 'Build', 'beforeEntry')).toMatchObject({ status: 'InProgress' });
    harness.succeed(id, 'Ready');
    expect(harness.check(id, 'Build', 'beforeEntry')).toMatchObject({
      status: 'Failed',
      summary: "The rule 'Open' failed: no",
    });
    expect(stageOf('Build')).toMatchObject({ status: 'Failed', isLocking: false });
    expect(harness.execution(id)).toMatchObject({ status: 'Failed' });
    expect(names()).not.toContain('Compile');
  });

  test('that fails with SKIP skips the actions, and the execution continues with the next stage', () => {
    const { harness, id, stageOf, names } = enterBuild('SKIP');
    harness.fail(id, 'Open');
    harness.fail(id, 'Ready');
    expect(stageOf('Build')).toMatchObject({ status: 'Skipped', isLocking: false });
    expect(names()).toEqual(['Fetch', 'Open', 'Ready', 'Ship']);
    harness.succeed(id, 'Ship');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test('that succeeds with SKIP skips nothing', () => {
    const { harness, id, names } = enterBuild('SKIP');
    harness.succeed(id, 'Open');
    harness.succeed(id, 'Ready');
    expect(names()).toContain('Compile');
  });

  test('can skip the last stage of a pipeline', () => {
    const last = gated(stage('Build', action('Compile')), { beforeEntry: condition('SKIP', 'Open') });
    const harness = createHarness(declare([stage('Source', source()), last]));
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    harness.fail(id, 'Open');
    expect(harness.execution(id)).toMatchObject({ status: 'Succeeded', waitingStage: undefined });
  });

  test('keeps the stage locked while it is checked, and a skip frees it', () => {
    const { harness, id } = enterBuild('SKIP');
    const next = harness.start();
    harness.succeed(next, 'Fetch');
    expect(harness.execution(next).waitingStage).toBe('Build');
    harness.fail(id, 'Open');
    harness.succeed(id, 'Ready');
    expect(harness.check(next, 'Build', 'beforeEntry')).toMatchObject({ status: 'InProgress' });
  });

  test('is not checked again when the stage is retried', () => {
    const { harness, id, names } = enterBuild('FAIL');
    harness.succeed(id, 'Open');
    harness.succeed(id, 'Ready');
    harness.fail(id, 'Compile');
    expect(kindsOf(harness.retry(id, 'Build', 'ALL_ACTIONS'))).toEqual(['stageRetried', 'actionStarted', 'jobQueued']);
    expect(names()).toEqual(['Fetch', 'Open', 'Ready', 'Compile', 'Compile']);
  });
});
