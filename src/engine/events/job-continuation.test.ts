import { beforeEach, describe, expect, test } from 'vitest';
import { createWorld, kindsOf, openJobs, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { buildType, sourceType, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { customActionTimeoutMs } from '../../model/job.ts';

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld(twoStages());
  id = world.start();
  world.succeed(id, 'Fetch', { currentRevision: { revision: 'abc', changeIdentifier: 'c' } });
});

describe('a continuation (behaviour A.6)', () => {
  test('ends the job and queues one with a new id and the token; the action continues', () => {
    const before = world.job(id, 'Compile');
    const { id: actionId, start } = world.action(id, 'Compile');
    expect(kindsOf(world.succeed(id, 'Compile', { continuationToken: 'page 2' }))).toEqual([
      'jobEnded',
      'actionProgressed',
      'jobQueued',
    ]);
    const after = world.job(id, 'Compile');
    expect(after.id).not.toBe(before.id);
    expect(after).toMatchObject({
      actionExecutionId: actionId,
      status: 'Queued',
      queue: before.queue,
      queryValue: before.queryValue,
      continuationToken: 'page 2',
      deliveries: 0,
    });
    expect(world.execution(id).jobs.find((one) => one.id === before.id)?.status).toBe('Succeeded');
    expect(world.action(id, 'Compile')).toMatchObject({ id: actionId, status: 'InProgress', start });
  });

  test('a revision reported with the token is kept, unless a later one replaces it (decision 4)', () => {
    const first = { revision: 'r1', changeIdentifier: 'c1' };
    world.succeed(id, 'Compile', { continuationToken: 't', currentRevision: first });
    expect(world.action(id, 'Compile').currentRevision).toEqual(first);
    const second = { revision: 'r2', changeIdentifier: 'c2' };
    world.succeed(id, 'Compile', { continuationToken: 't', currentRevision: second });
    world.succeed(id, 'Compile', {});
    expect(world.action(id, 'Compile')).toMatchObject({ status: 'Succeeded', currentRevision: second });
  });

  test('the next job is offered after the continuation delay (decision 4)', () => {
    world.clock.pass(60_000);
    world.succeed(id, 'Compile', { continuationToken: 't' });
    expect(world.job(id, 'Compile').offerAt).toBe(world.clock.at + world.continuationDelayMs);
  });

  test('the deadline of the action stays the same (behaviour A.8)', () => {
    const deadlineAt = world.clock.at + customActionTimeoutMs;
    for (let count = 0; count < 5; count += 1) {
      world.clock.pass(60_000);
      world.succeed(id, 'Compile', { continuationToken: 't' });
      expect(world.job(id, 'Compile').deadlineAt).toBe(deadlineAt);
    }
  });

  test('progress survives later reports that omit it (decision 4)', () => {
    world.succeed(id, 'Compile', {
      continuationToken: 't',
      executionDetails: { externalExecutionId: 'x-1', summary: 'half', percentComplete: 50 },
    });
    world.succeed(id, 'Compile', { continuationToken: 't', executionDetails: { percentComplete: 75 } });
    world.succeed(id, 'Compile');
    expect(world.action(id, 'Compile')).toMatchObject({
      status: 'Succeeded',
      progress: { externalExecutionId: 'x-1', summary: 'half', percentComplete: 75 },
    });
  });

  test('the same token may be returned repeatedly', () => {
    for (let count = 0; count < 3; count += 1) world.succeed(id, 'Compile', { continuationToken: 'again' });
    expect(openJobs(world.execution(id))).toHaveLength(1);
    expect(world.job(id, 'Compile').continuationToken).toBe('again');
  });

  test('an identical repetition queues no second job', () => {
    const { id: first } = world.job(id, 'Compile');
    world.succeed(id, first, { continuationToken: 't' });
    expect(world.succeed(id, first, { continuationToken: 't' })).toEqual({ changes: [], answer: undefined });
    expect(openJobs(world.execution(id))).toHaveLength(1);
  });

  test('the final result is refused for an ended job', () => {
    const { id: first } = world.job(id, 'Compile');
    world.succeed(id, first, { continuationToken: 't' });
    expect(refusalOf(world.succeed(id, first)).message).toContain('already set to the desired value');
    expect(refusalOf(world.fail(id, first)).message).toBe(`Job with id ${first} has already terminated`);
    expect(kindsOf(world.succeed(id, 'Compile'))).toContain('actionSucceeded');
  });

  test('a continuation job starts its own count of deliveries', () => {
    const { id: first } = world.job(id, 'Compile');
    world.deliver(id, first);
    world.deliver(id, first);
    world.succeed(id, first, { continuationToken: 't' });
    const { id: second } = world.job(id, 'Compile');
    world.deliver(id, second);
    expect(kindsOf(world.report(id, second, { outcome: 'Succeeded' }, '3'))).toContain('actionSucceeded');
  });

  test('of a type with a time-out for each job restarts it when the job is offered (behaviour A.8)', () => {
    const timed = { ...buildType, timeoutMs: 60_000, isTimedByJob: true as const };
    world = createWorld(twoStages(), { types: [sourceType, timed] });
    id = world.start();
    world.succeed(id, 'Fetch');
    expect(world.job(id, 'Compile').deadlineAt).toBe(world.clock.at + 60_000);
    for (let round = 0; round < 3; round += 1) {
      world.clock.pass(59_000);
      world.succeed(id, 'Compile', { continuationToken: 'on' });
      expect(world.job(id, 'Compile').deadlineAt).toBe(world.clock.at + world.continuationDelayMs + 60_000);
    }
    world.clock.pass(world.continuationDelayMs + 60_000);
    world.timeOut(id);
    expect(world.action(id, 'Compile')).toMatchObject({ status: 'Failed', error: { code: 'JobTimedOut' } });
  });
});
