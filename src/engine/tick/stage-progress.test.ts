import { describe, expect, test } from 'vitest';
import { createWorld, kindsOf, type World } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';

/** Two actions of run order 1, two of run order 2, one of run order 5. */
const wide = declare([
  stage('Source', source()),
  stage(
    'Build',
    action('LastOne', { runOrder: 5 }),
    action('Left', { runOrder: 1 }),
    action('Right', { runOrder: 1 }),
    action('Upper', { runOrder: 2 }),
    action('Lower', { runOrder: 2 }),
  ),
  stage('Deploy', action('Ship')),
]);

function inBuild() {
  const world = createWorld(wide);
  const id = world.start();
  world.succeed(id, 'Fetch');
  return { world, id };
}

function started(world: World, id: string): string[] {
  return world.execution(id).actions.map(({ actionName }) => actionName);
}

function stageStatus(world: World, id: string, stageName: string) {
  const found = world.execution(id).stages.find((one) => one.stageName === stageName);
  return found && { status: found.status, isLocking: found.isLocking };
}

describe('run orders (behaviour C.2.1)', () => {
  test('the actions of the lowest run order start together', () => {
    const { world, id } = inBuild();
    expect(started(world, id)).toEqual(['Fetch', 'Left', 'Right']);
  });

  test('the next run order starts only when the previous one has succeeded', () => {
    const { world, id } = inBuild();
    world.succeed(id, 'Left');
    expect(started(world, id)).toEqual(['Fetch', 'Left', 'Right']);
    world.succeed(id, 'Right');
    expect(started(world, id)).toEqual(['Fetch', 'Left', 'Right', 'Upper', 'Lower']);
  });

  test('run orders ascend and can have gaps', () => {
    const { world, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper']) world.succeed(id, name);
    expect(started(world, id).at(-1)).toBe('LastOne');
  });

  test('the stage succeeds with its last action, and the same decision enters the next one', () => {
    const { world, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper']) world.succeed(id, name);
    expect(kindsOf(world.succeed(id, 'LastOne'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionWaiting',
      'stageEntered',
      'actionStarted',
      'jobQueued',
    ]);
    expect(stageStatus(world, id, 'Build')).toEqual({ status: 'Succeeded', isLocking: false });
    expect(stageStatus(world, id, 'Deploy')).toEqual({ status: 'InProgress', isLocking: true });
  });

  test('each action starts once', () => {
    const { world, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper', 'LastOne', 'Ship']) world.succeed(id, name);
    expect(new Set(started(world, id)).size).toBe(started(world, id).length);
  });
});

describe('a failed action (behaviour C.2.1)', () => {
  test('running siblings end before the stage fails', () => {
    const { world, id } = inBuild();
    expect(kindsOf(world.fail(id, 'Left'))).toEqual(['jobEnded', 'actionFailed']);
    expect(world.execution(id).status).toBe('InProgress');
    expect(kindsOf(world.succeed(id, 'Right'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionEnded',
    ]);
    expect(world.execution(id).status).toBe('Failed');
  });

  test('the stage stays locked while siblings run', () => {
    const { world, id } = inBuild();
    world.fail(id, 'Left');
    expect(stageStatus(world, id, 'Build')).toEqual({ status: 'InProgress', isLocking: true });
    const second = world.start();
    world.succeed(second, 'Fetch');
    expect(world.execution(second).waitingStage).toBe('Build');
    world.succeed(id, 'Right');
    expect(stageStatus(world, id, 'Build')).toEqual({ status: 'Failed', isLocking: false });
    expect(stageStatus(world, second, 'Build')).toEqual({ status: 'InProgress', isLocking: true });
  });

  test('later run orders do not start', () => {
    const { world, id } = inBuild();
    world.succeed(id, 'Right');
    world.fail(id, 'Left');
    expect(started(world, id)).toEqual(['Fetch', 'Left', 'Right']);
    expect(world.execution(id).status).toBe('Failed');
  });

  test('later stages do not start', () => {
    const { world, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper']) world.succeed(id, name);
    world.fail(id, 'LastOne');
    expect(world.execution(id).stages.map(({ stageName }) => stageName)).toEqual(['Source', 'Build']);
    expect(world.execution(id)).toMatchObject({ status: 'Failed', waitingStage: undefined });
  });

  test('if all fail, the execution fails once', () => {
    const { world, id } = inBuild();
    world.fail(id, 'Left');
    expect(kindsOf(world.fail(id, 'Right')).filter((kind) => kind === 'executionEnded')).toHaveLength(1);
  });

  test('a failed source action fails the execution in the first stage', () => {
    const world = createWorld(twoStages());
    const id = world.start();
    world.fail(id, 'Fetch');
    expect(world.execution(id)).toMatchObject({
      status: 'Failed',
      stages: [{ stageName: 'Source', status: 'Failed' }],
    });
  });
});

describe('the end', () => {
  test('after the last stage the execution has succeeded and locks nothing (behaviour C.2.1)', () => {
    const world = createWorld(twoStages());
    const id = world.start();
    world.succeed(id, 'Fetch');
    world.clock.pass(5000);
    expect(kindsOf(world.succeed(id, 'Compile'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionEnded',
    ]);
    expect(world.execution(id)).toMatchObject({
      status: 'Succeeded',
      waitingStage: undefined,
      updatedAt: world.clock.at,
    });
    expect(world.snapshot().occupancy).toMatchObject([
      { stageName: 'Source', holder: undefined, waiting: [] },
      { stageName: 'Build', holder: undefined, waiting: [] },
    ]);
  });
});
