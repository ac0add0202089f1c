import { describe, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf } from '../../../test/support/engine/harness.ts';
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
  const harness = createHarness(wide);
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return { harness, id };
}

function started(harness: Harness, id: string): string[] {
  return harness.execution(id).actions.map(({ actionName }) => actionName);
}

function stageStatus(harness: Harness, id: string, stageName: string) {
  const found = harness.execution(id).stages.find((one) => one.stageName === stageName);
  return found && { status: found.status, isLocking: found.isLocking };
}

describe('run orders (behaviour C.2.1)', () => {
  test('the actions of the lowest run order start together', () => {
    const { harness, id } = inBuild();
    expect(started(harness, id)).toEqual(['Fetch', 'Left', 'Right']);
  });

  test('the next run order starts only when the previous one has succeeded', () => {
    const { harness, id } = inBuild();
    harness.succeed(id, 'Left');
    expect(started(harness, id)).toEqual(['Fetch', 'Left', 'Right']);
    harness.succeed(id, 'Right');
    expect(started(harness, id)).toEqual(['Fetch', 'Left', 'Right', 'Upper', 'Lower']);
  });

  test('run orders ascend and can have gaps', () => {
    const { harness, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper']) harness.succeed(id, name);
    expect(started(harness, id).at(-1)).toBe('LastOne');
  });

  test('the stage succeeds with its last action, and the same decision enters the next one', () => {
    const { harness, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper']) harness.succeed(id, name);
    expect(kindsOf(harness.succeed(id, 'LastOne'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionWaiting',
      'stageEntered',
      'actionStarted',
      'jobQueued',
    ]);
    expect(stageStatus(harness, id, 'Build')).toEqual({ status: 'Succeeded', isLocking: false });
    expect(stageStatus(harness, id, 'Deploy')).toEqual({ status: 'InProgress', isLocking: true });
  });

  test('each action starts once', () => {
    const { harness, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper', 'LastOne', 'Ship']) harness.succeed(id, name);
    expect(new Set(started(harness, id)).size).toBe(started(harness, id).length);
  });
});

describe('a failed action (behaviour C.2.1)', () => {
  test('running siblings end before the stage fails', () => {
    const { harness, id } = inBuild();
    expect(kindsOf(harness.fail(id, 'Left'))).toEqual(['jobEnded', 'actionFailed']);
    expect(harness.execution(id).status).toBe('InProgress');
    expect(kindsOf(harness.succeed(id, 'Right'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionEnded',
    ]);
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('the stage stays locked while siblings run', () => {
    const { harness, id } = inBuild();
    harness.fail(id, 'Left');
    expect(stageStatus(harness, id, 'Build')).toEqual({ status: 'InProgress', isLocking: true });
    const second = harness.start();
    harness.succeed(second, 'Fetch');
    expect(harness.execution(second).waitingStage).toBe('Build');
    harness.succeed(id, 'Right');
    expect(stageStatus(harness, id, 'Build')).toEqual({ status: 'Failed', isLocking: false });
    expect(stageStatus(harness, second, 'Build')).toEqual({ status: 'InProgress', isLocking: true });
  });

  test('later run orders do not start', () => {
    const { harness, id } = inBuild();
    harness.succeed(id, 'Right');
    harness.fail(id, 'Left');
    expect(started(harness, id)).toEqual(['Fetch', 'Left', 'Right']);
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('later stages do not start', () => {
    const { harness, id } = inBuild();
    for (const name of ['Left', 'Right', 'Lower', 'Upper']) harness.succeed(id, name);
    harness.fail(id, 'LastOne');
    expect(harness.execution(id).stages.map(({ stageName }) => stageName)).toEqual(['Source', 'Build']);
    expect(harness.execution(id)).toMatchObject({ status: 'Failed', waitingStage: undefined });
  });

  test('if all fail, the execution fails once', () => {
    const { harness, id } = inBuild();
    harness.fail(id, 'Left');
    expect(kindsOf(harness.fail(id, 'Right')).filter((kind) => kind === 'executionEnded')).toHaveLength(1);
  });

  test('a failed source action fails the execution in the first stage', () => {
    const harness = createHarness(twoStages());
    const id = harness.start();
    harness.fail(id, 'Fetch');
    expect(harness.execution(id)).toMatchObject({
      status: 'Failed',
      stages: [{ stageName: 'Source', status: 'Failed' }],
    });
  });
});

describe('the end', () => {
  test('after the last stage the execution has succeeded and locks nothing (behaviour C.2.1)', () => {
    const harness = createHarness(twoStages());
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    harness.clock.pass(5000);
    expect(kindsOf(harness.succeed(id, 'Compile'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionEnded',
    ]);
    expect(harness.execution(id)).toMatchObject({
      status: 'Succeeded',
      waitingStage: undefined,
      updatedAt: harness.clock.at,
    });
    expect(harness.snapshot().occupancy).toMatchObject([
      { stageName: 'Source', holder: undefined, waiting: [] },
      { stageName: 'Build', holder: undefined, waiting: [] },
    ]);
  });
});
