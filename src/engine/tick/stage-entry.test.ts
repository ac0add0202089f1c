import { beforeEach, describe, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { enterStage } from './tick.ts';

let harness: Harness;
beforeEach(() => {
  harness = createHarness(twoStages());
});

function occupancy(stageName: string) {
  const found = harness.snapshot().occupancy.find((one) => one.stageName === stageName);
  return found && { holder: found.holder, waiting: found.waiting };
}

/** Starts an execution that is in Build. */
function oneInBuild(): string {
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return id;
}

describe('SUPERSEDED (behaviour C.2.2)', () => {
  test('a stage holds one execution, and other stages are free for others', () => {
    const first = oneInBuild();
    const second = harness.start();
    expect(occupancy('Source')).toEqual({ holder: second, waiting: [] });
    expect(occupancy('Build')).toEqual({ holder: first, waiting: [] });
  });

  test('an execution that has finished a stage waits for the locked next one and frees its stage', () => {
    const first = oneInBuild();
    const second = harness.start();
    expect(kindsOf(harness.succeed(second, 'Fetch'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionWaiting',
    ]);
    expect(occupancy('Build')).toEqual({ holder: first, waiting: [second] });
    expect(occupancy('Source')).toEqual({ holder: undefined, waiting: [] });
  });

  test('a newer arrival supersedes the waiting execution', () => {
    const first = oneInBuild();
    const second = oneInBuild();
    const third = harness.start();
    expect(kindsOf(harness.succeed(third, 'Fetch')).at(-1)).toBe('executionSuperseded');
    expect(harness.execution(second)).toMatchObject({ status: 'Superseded', waitingStage: undefined });
    expect(occupancy('Build')).toEqual({ holder: first, waiting: [third] });
  });

  test('only one execution waits for the first stage', () => {
    const ids = [harness.start(), harness.start(), harness.start(), harness.start()];
    expect(ids.map((id) => harness.execution(id).status)).toEqual([
      'InProgress',
      'Superseded',
      'Superseded',
      'InProgress',
    ]);
    expect(occupancy('Source')).toEqual({ holder: ids[0], waiting: [ids[3]] });
  });

  test('an execution inside a stage is never superseded', () => {
    const first = oneInBuild();
    for (let count = 0; count < 5; count += 1) oneInBuild();
    expect(harness.execution(first)).toMatchObject({ status: 'InProgress', stages: [{}, { isLocking: true }] });
  });

  test('executions that wait for different stages do not affect each other', () => {
    oneInBuild();
    const before = { build: oneInBuild(), source: '' };
    harness.start();
    before.source = harness.start();
    expect(occupancy('Build')?.waiting).toEqual([before.build]);
    expect(occupancy('Source')?.waiting).toEqual([before.source]);
    expect(harness.executions().map(({ status }) => status)).toEqual(Array(4).fill('InProgress'));
  });
});

describe('a freed stage', () => {
  test('by success: the waiting execution advances next and enters', () => {
    const first = oneInBuild();
    const second = oneInBuild();
    const decision = harness.succeed(first, 'Compile');
    expect(decision).toMatchObject({ then: [{ executionId: second }] });
    expect(occupancy('Build')).toEqual({ holder: second, waiting: [] });
    expect(harness.action(second, 'Compile').status).toBe('InProgress');
  });

  test('by failure: the waiting execution enters (behaviour C.2.2)', () => {
    const first = oneInBuild();
    const second = oneInBuild();
    expect(harness.fail(first, 'Compile')).toMatchObject({ then: [{ executionId: second }] });
    expect(harness.execution(first).status).toBe('Failed');
    expect(occupancy('Build')).toEqual({ holder: second, waiting: [] });
  });

  test('by a time-out: the waiting execution enters', () => {
    const first = oneInBuild();
    harness.clock.pass(1000);
    const second = oneInBuild();
    harness.clock.pass(24 * 60 * 60 * 1000 - 1000);
    harness.timeOut(first);
    expect(occupancy('Build')).toEqual({ holder: second, waiting: [] });
  });

  test('an execution that moves on frees its stage for the waiting one', () => {
    const first = harness.start();
    const second = harness.start();
    harness.succeed(first, 'Fetch');
    expect(occupancy('Source')).toEqual({ holder: second, waiting: [] });
    expect(occupancy('Build')).toEqual({ holder: first, waiting: [] });
  });

  test('an execution that fails on entry frees the stage for the next one', () => {
    const doomed = declare([
      stage('Source', source()),
      stage('Build', action('Compile', { configuration: { Command: '#{Nowhere.Value}' } })),
    ]);
    harness = createHarness(doomed);
    const ids = [harness.start(), harness.start()];
    harness.succeed(ids[0] ?? '', 'Fetch');
    expect(harness.execution(ids[0] ?? '').status).toBe('Failed');
    expect(occupancy('Source')).toEqual({ holder: ids[1], waiting: [] });
    expect(occupancy('Build')).toEqual({ holder: undefined, waiting: [] });
  });

  test('without a waiting execution nothing follows', () => {
    expect(harness.succeed(oneInBuild(), 'Compile')).toMatchObject({ then: [] });
  });
});

test('an execution that waits for an unknown stage is a bug, not a refusal', () => {
  const id = harness.start();
  expect(() => enterStage(harness.snapshot(), harness.execution(id), 'Elsewhere')).toThrow('Elsewhere');
});
