import { beforeEach, describe, expect, test } from 'vitest';
import { createWorld, kindsOf, type World } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { customActionTimeoutMs } from '../../model/job.ts';
import { jobTimeout } from './timeouts.ts';

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld(
    declare([
      stage('Source', source()),
      stage('Build', action('Left'), action('Right')),
      stage('Deploy', action('Ship')),
    ]),
  );
  id = world.start();
  world.succeed(id, 'Fetch');
});

describe('the time-out of an action (behaviour A.8)', () => {
  test('changes nothing earlier', () => {
    world.clock.pass(customActionTimeoutMs - 1);
    expect(kindsOf(world.timeOut(id))).toEqual([]);
  });

  test('ends the job as TimedOut and the action as Failed', () => {
    world.succeed(id, 'Right');
    world.clock.pass(customActionTimeoutMs);
    expect(kindsOf(world.timeOut(id))).toEqual(['jobEnded', 'actionFailed', 'stageEnded', 'executionEnded']);
    expect(world.job(id, 'Left')).toMatchObject({ status: 'TimedOut', offerAt: undefined, deadlineAt: undefined });
    expect(world.job(id, 'Left').result).toBeUndefined();
    expect(world.action(id, 'Left')).toMatchObject({
      status: 'Failed',
      error: { code: 'JobTimedOut', message: 'The action did not report a result before its time-out.' },
      updatedAt: world.clock.at,
    });
    expect(world.execution(id).status).toBe('Failed');
  });

  test('ends all overdue jobs of the execution', () => {
    world.clock.pass(customActionTimeoutMs);
    world.timeOut(id);
    expect([world.action(id, 'Left').status, world.action(id, 'Right').status]).toEqual(['Failed', 'Failed']);
    expect(world.execution(id).status).toBe('Failed');
  });

  test('counts from the start of the action, also for acknowledged jobs and continuations', () => {
    const { id: jobId } = world.job(id, 'Left');
    world.deliver(id, jobId);
    world.acknowledge(id, jobId);
    world.clock.pass(customActionTimeoutMs - 10);
    world.succeed(id, 'Left', { continuationToken: 't' });
    world.clock.pass(10);
    world.timeOut(id);
    expect(world.job(id, 'Left').status).toBe('TimedOut');
  });

  test('adds nothing when decided again', () => {
    world.clock.pass(customActionTimeoutMs);
    world.timeOut(id);
    expect(kindsOf(world.timeOut(id))).toEqual([]);
  });

  test('changes nothing without an execution', () => {
    expect(kindsOf(jobTimeout(world.snapshot(), world.clock.moment()))).toEqual([]);
  });
});
