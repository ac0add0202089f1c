import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createHarness, type Harness, kindsOf, refusalOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { StageTransitionType } from '../../contract/generated.ts';
import { disableTransition, enableTransition } from './transition.ts';

let harness: Harness;
beforeEach(() => {
  harness = createHarness(twoStages());
});

const close = (stageName: string, transitionType: StageTransitionType, reason = 'freeze') =>
  harness.advance({}, (snapshot, moment) =>
    disableTransition(snapshot, { stageName, transitionType, reason, changedBy: 'arn:one' }, moment),
  );
const open = (stageName: string, transitionType: StageTransitionType) =>
  harness.advance({}, (snapshot, moment) =>
    enableTransition(snapshot, { stageName, transitionType, changedBy: 'arn:two' }, moment),
  );
const transitionOf = (stageName: string) =>
  harness.snapshot().occupancy.find((one) => one.stageName === stageName)?.transition;

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return id;
}

describe('disabling a transition (behaviour C.4)', () => {
  test('records the caller, the time and the reason', () => {
    harness.clock.pass(5);
    expect(kindsOf(close('Build', 'Inbound'))).toEqual(['transitionDisabled']);
    expect(transitionOf('Build')).toEqual({
      enabled: false,
      disabledReason: 'freeze',
      changedBy: 'arn:one',
      changedAt: harness.clock.at,
    });
  });

  test('the transition out of a stage is the one into the next stage', () => {
    close('Source', 'Outbound');
    expect(transitionOf('Build')).toMatchObject({ enabled: false });
    expect(transitionOf('Source')).toBeUndefined();
  });

  test('repeated with the same reason changes nothing, with another one the reason', () => {
    close('Build', 'Inbound');
    harness.clock.pass(5);
    expect(changesOf(close('Source', 'Outbound'))).toEqual([]);
    expect(changesOf(close('Build', 'Inbound', 'other'))).toMatchObject([
      { transition: { disabledReason: 'other', changedAt: harness.clock.at } },
    ]);
  });

  test.each([
    ['an unknown stage', 'Nowhere', 'Inbound', 'StageNotFoundException', "does not have a stage with name 'Nowhere'"],
    ['a stage name in another case', 'build', 'Inbound', 'StageNotFoundException', "'build'"],
    [
      'the transition out of the last stage',
      'Build',
      'Outbound',
      'ValidationException',
      'no transition leads out of it',
    ],
  ] as const)('%s is refused', (_what, stageName, way, refuse, message) => {
    expect(refusalOf(close(stageName, way))).toMatchObject({ refuse, message: expect.stringContaining(message) });
    expect(refusalOf(open(stageName, way))).toMatchObject({ refuse, message: expect.stringContaining(message) });
  });
});

describe('a disabled transition', () => {
  test('keeps executions out of a free stage, and the newest waits', () => {
    close('Build', 'Inbound');
    const [first, second] = [fetched(), fetched()];
    expect(harness.execution(first).status).toBe('Superseded');
    expect(harness.execution(second)).toMatchObject({ status: 'InProgress', waitingStage: 'Build' });
    expect(harness.snapshot().occupancy[1]).toMatchObject({ holder: undefined, waiting: [second] });
  });

  test('does not affect executions past it', () => {
    const id = fetched();
    close('Build', 'Inbound');
    harness.succeed(id, 'Compile');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test('keeps a waiting execution out when the stage becomes free', () => {
    const inside = fetched();
    const waiter = fetched();
    close('Build', 'Inbound');
    harness.fail(inside, 'Compile');
    expect(harness.execution(waiter)).toMatchObject({ waitingStage: 'Build' });
  });

  test('can be the one into the first stage', () => {
    close('Source', 'Inbound');
    const id = harness.start();
    expect(harness.execution(id)).toMatchObject({ waitingStage: 'Source', actions: [] });
    open('Source', 'Inbound');
    expect(harness.action(id, 'Fetch').status).toBe('InProgress');
  });
});

describe('enabling a transition', () => {
  test('lets the waiting execution enter and start its actions', () => {
    close('Build', 'Inbound');
    const id = fetched();
    expect(open('Source', 'Outbound')).toMatchObject({ then: [{ executionId: id }] });
    expect(transitionOf('Build')).toEqual({ enabled: true, changedBy: 'arn:two', changedAt: harness.clock.at });
    expect(harness.action(id, 'Compile').status).toBe('InProgress');
  });

  test('lets no execution into an occupied stage', () => {
    const inside = fetched();
    close('Build', 'Inbound');
    const waiter = fetched();
    open('Build', 'Inbound');
    expect(harness.execution(waiter)).toMatchObject({ waitingStage: 'Build' });
    harness.succeed(inside, 'Compile');
    expect(harness.action(waiter, 'Compile').status).toBe('InProgress');
  });

  test('changes nothing if it is enabled already', () => {
    expect(changesOf(open('Build', 'Inbound'))).toEqual([]);
    close('Build', 'Inbound');
    open('Build', 'Inbound');
    expect(changesOf(open('Build', 'Inbound'))).toEqual([]);
  });
});

test('an update of the pipeline cancels executions at a disabled transition, which stays disabled', () => {
  harness = createHarness(declare([stage('Source', source()), stage('Build', action('Compile'))]));
  close('Build', 'Inbound');
  const id = fetched();
  harness.update(harness.declaration());
  expect(harness.execution(id).status).toBe('Cancelled');
  expect(transitionOf('Build')).toMatchObject({ enabled: false });
});
