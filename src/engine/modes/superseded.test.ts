import { beforeEach, expect, test } from 'vitest';
import { createHarness, type Harness } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import { longestDisabledMs } from '../events/transition.ts';

let harness: Harness;
beforeEach(() => {
  harness = createHarness(twoStages(), { limits: { runningExecutions: 2, parallelActions: 1 } });
});

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return id;
}

test('neither running executions nor running actions are limited (behaviour B.6)', () => {
  const inBuild = fetched();
  const ids = [fetched(), harness.start(), harness.start()];
  expect([inBuild, ...ids].map((id) => harness.execution(id).status)).toEqual(Array(4).fill('InProgress'));
});

test('once enabled after 30 days, the waiting execution stays out and a later one supersedes it (behaviour C.4)', () => {
  harness.close('Build');
  const late = fetched();
  harness.clock.pass(longestDisabledMs + 1);
  harness.open('Build');
  expect(harness.execution(late)).toMatchObject({ status: 'InProgress', waitingStage: 'Build', hasExpired: true });
  expect(harness.snapshot().occupancy[1]).toMatchObject({ holder: undefined, waiting: [], expired: [late] });
  const next = fetched();
  expect(harness.execution(late)).toMatchObject({ status: 'Superseded', waitingStage: undefined });
  expect(harness.snapshot().occupancy[1]).toMatchObject({ holder: next, waiting: [], expired: [] });
});

test('after exactly 30 days it still enters; disabling again for another reason restarts the period (behaviour C.4)', () => {
  harness.close('Build', 'one');
  const id = fetched();
  harness.clock.pass(longestDisabledMs);
  harness.close('Build', 'two');
  harness.clock.pass(longestDisabledMs);
  harness.open('Build');
  expect(harness.action(id, 'Compile').status).toBe('InProgress');
});

test('an expired one can be stopped, and an update cancels it', () => {
  harness.close('Build');
  const stopped = fetched();
  harness.clock.pass(longestDisabledMs + 1);
  harness.open('Build');
  harness.stop(stopped);
  expect(harness.execution(stopped).status).toBe('Stopped');
  harness.close('Build');
  const outdated = fetched();
  harness.clock.pass(longestDisabledMs + 1);
  harness.open('Build');
  harness.update(harness.declaration());
  expect(harness.execution(outdated).status).toBe('Cancelled');
});
