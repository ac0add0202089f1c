import { beforeEach, expect, test } from 'vitest';
import { createWorld, type World } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import { longestDisabledMs } from '../events/transition.ts';

let world: World;
beforeEach(() => {
  world = createWorld(twoStages(), { limits: { runningExecutions: 2, parallelActions: 1 } });
});

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = world.start();
  world.succeed(id, 'Fetch');
  return id;
}

test('neither running executions nor running actions are limited (behaviour B.6)', () => {
  const inBuild = fetched();
  const ids = [fetched(), world.start(), world.start()];
  expect([inBuild, ...ids].map((id) => world.execution(id).status)).toEqual(Array(4).fill('InProgress'));
});

test('once enabled after 30 days, the waiting execution stays out and a later one supersedes it (behaviour C.4)', () => {
  world.close('Build');
  const late = fetched();
  world.clock.pass(longestDisabledMs + 1);
  world.open('Build');
  expect(world.execution(late)).toMatchObject({ status: 'InProgress', waitingStage: 'Build', hasExpired: true });
  expect(world.snapshot().occupancy[1]).toMatchObject({ holder: undefined, waiting: [], expired: [late] });
  const next = fetched();
  expect(world.execution(late)).toMatchObject({ status: 'Superseded', waitingStage: undefined });
  expect(world.snapshot().occupancy[1]).toMatchObject({ holder: next, waiting: [], expired: [] });
});

test('after exactly 30 days it still enters; disabling again for another reason restarts the period (behaviour C.4)', () => {
  world.close('Build', 'one');
  const id = fetched();
  world.clock.pass(longestDisabledMs);
  world.close('Build', 'two');
  world.clock.pass(longestDisabledMs);
  world.open('Build');
  expect(world.action(id, 'Compile').status).toBe('InProgress');
});

test('an expired one can be stopped, and an update cancels it', () => {
  world.close('Build');
  const stopped = fetched();
  world.clock.pass(longestDisabledMs + 1);
  world.open('Build');
  world.stop(stopped);
  expect(world.execution(stopped).status).toBe('Stopped');
  world.close('Build');
  const outdated = fetched();
  world.clock.pass(longestDisabledMs + 1);
  world.open('Build');
  world.update(world.declaration());
  expect(world.execution(outdated).status).toBe('Cancelled');
});
