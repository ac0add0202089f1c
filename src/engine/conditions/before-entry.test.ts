import { describe, expect, test } from 'vitest';
import { createWorld, kindsOf } from '../../../test/support/engine/harness.ts';
import { condition, gated } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Result } from '../../contract/generated.ts';

/** Sets up an execution in `Build`, whose entry condition has the rules `Open` and `Ready`. */
function enterBuild(result: Result | undefined) {
  const world = createWorld(
    declare([
      stage('Source', source()),
      gated(stage('Build', action('Compile')), { beforeEntry: condition(result, 'Open', 'Ready') }),
      stage('Deploy', action('Ship')),
    ]),
  );
  const id = world.start();
  world.succeed(id, 'Fetch');
  const stageOf = (stageName: string) => world.execution(id).stages.find((one) => one.stageName === stageName);
  const names = () => world.execution(id).actions.map(({ actionName }) => actionName);
  return { world, id, stageOf, names };
}

describe('an entry condition (behaviour C.8)', () => {
  test('is checked once the stage is locked, its rules in parallel, before any action starts', () => {
    const { world, id, stageOf, names } = enterBuild('FAIL');
    expect(stageOf('Build')).toMatchObject({ status: 'InProgress', isLocking: true });
    expect(names()).toEqual(['Fetch', 'Open', 'Ready']);
    expect(world.check(id, 'Build', 'beforeEntry')).toMatchObject({ status: 'InProgress' });
  });

  test('succeeds if all of its rules do, and then the actions start', () => {
    const { world, id, names } = enterBuild('FAIL');
    world.succeed(id, 'Ready');
    expect(names()).not.toContain('Compile');
    world.succeed(id, 'Open');
    expect(names()).toContain('Compile');
    expect(world.check(id, 'Build', 'beforeEntry')).toMatchObject({ status: 'Succeeded', summary: undefined });
  });

  test.each([['FAIL'], [undefined]] as const)('that fails with the result %s fails stage and execution', (result) => {
    const { world, id, stageOf, names } = enterBuild(result);
    world.fail(id, 'Open');
    expect(world.check(id, 'Build', 'beforeEntry')).toMatchObject({ status: 'InProgress' });
    world.succeed(id, 'Ready');
    expect(world.check(id, 'Build', 'beforeEntry')).toMatchObject({
      status: 'Failed',
      summary: "The rule 'Open' failed: no",
    });
    expect(stageOf('Build')).toMatchObject({ status: 'Failed', isLocking: false });
    expect(world.execution(id)).toMatchObject({ status: 'Failed' });
    expect(names()).not.toContain('Compile');
  });

  test('that fails with SKIP skips the actions, and the execution continues with the next stage', () => {
    const { world, id, stageOf, names } = enterBuild('SKIP');
    world.fail(id, 'Open');
    world.fail(id, 'Ready');
    expect(stageOf('Build')).toMatchObject({ status: 'Skipped', isLocking: false });
    expect(names()).toEqual(['Fetch', 'Open', 'Ready', 'Ship']);
    world.succeed(id, 'Ship');
    expect(world.execution(id).status).toBe('Succeeded');
  });

  test('that succeeds with SKIP skips nothing', () => {
    const { world, id, names } = enterBuild('SKIP');
    world.succeed(id, 'Open');
    world.succeed(id, 'Ready');
    expect(names()).toContain('Compile');
  });

  test('can skip the last stage of a pipeline', () => {
    const last = gated(stage('Build', action('Compile')), { beforeEntry: condition('SKIP', 'Open') });
    const world = createWorld(declare([stage('Source', source()), last]));
    const id = world.start();
    world.succeed(id, 'Fetch');
    world.fail(id, 'Open');
    expect(world.execution(id)).toMatchObject({ status: 'Succeeded', waitingStage: undefined });
  });

  test('keeps the stage locked while it is checked, and a skip frees it', () => {
    const { world, id } = enterBuild('SKIP');
    const next = world.start();
    world.succeed(next, 'Fetch');
    expect(world.execution(next).waitingStage).toBe('Build');
    world.fail(id, 'Open');
    world.succeed(id, 'Ready');
    expect(world.check(next, 'Build', 'beforeEntry')).toMatchObject({ status: 'InProgress' });
  });

  test('is not checked again when the stage is retried', () => {
    const { world, id, names } = enterBuild('FAIL');
    world.succeed(id, 'Open');
    world.succeed(id, 'Ready');
    world.fail(id, 'Compile');
    expect(kindsOf(world.retry(id, 'Build', 'ALL_ACTIONS'))).toEqual(['stageRetried', 'actionStarted', 'jobQueued']);
    expect(names()).toEqual(['Fetch', 'Open', 'Ready', 'Compile', 'Compile']);
  });
});
