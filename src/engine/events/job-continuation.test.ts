import { beforeEach, describe, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf, openJobs, refusalOf } from '../../../test/support/engine/harness.ts';
import { buildType, sourceType, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { customActionTimeoutMs } from '../../model/job.ts';

let harness: Harness;
let id: string;
beforeEach(() => {
  harness = createHarness(twoStages());
  id = harness.start();
  harness.succeed(id, 'Fetch', { currentRevision: { revision: 'abc', changeIdentifier: 'c' } });
});

describe('a continuation (behaviour A.6)', () => {
  test('ends the job and queues one with a new id and the token; the action continues', () => {
    const before = harness.job(id, 'Compile');
    const { id: actionId, start } = harness.action(id, 'Compile');
    expect(kindsOf(harness.succeed(id, 'Compile', { continuationToken: 'page 2' }))).toEqual([
      'jobEnded',
      'actionProgressed',
      'jobQueued',
    ]);
    const after = harness.job(id, 'Compile');
    expect(after.id).not.toBe(before.id);
    expect(after).toMatchObject({
      actionExecutionId: actionId,
      status: 'Queued',
      queue: before.queue,
      queryValue: before.queryValue,
      continuationToken: 'page 2',
      deliveries: 0,
    });
    expect(harness.execution(id).jobs.find((one) => one.id === before.id)?.status).toBe('Succeeded');
    expect(harness.action(id, 'Compile')).toMatchObject({ id: actionId, status: 'InProgress', start });
  });

  test('a revision reported with the token is kept, unless a later one replaces it (decision 4)', () => {
    const first = { revision: 'r1', changeIdentifier: 'c1' };
    harness.succeed(id, 'Compile', { continuationToken: 't', currentRevision: first });
    expect(harness.action(id, 'Compile').currentRevision).toEqual(first);
    const second = { revision: 'r2', changeIdentifier: 'c2' };
    harness.succeed(id, 'Compile', { continuationToken: 't', currentRevision: second });
    harness.succeed(id, 'Compile', {});
    expect(harness.action(id, 'Compile')).toMatchObject({ status: 'Succeeded', currentRevision: second });
  });

  test('the next job is offered after the continuation delay (decision 4)', () => {
    harness.clock.pass(60_000);
    harness.succeed(id, 'Compile', { continuationToken: 't' });
    expect(harness.job(id, 'Compile').offerAt).toBe(harness.clock.at + harness.continuationDelayMs);
  });

  test('the deadline of the action stays the same (behaviour A.8)', () => {
    const deadlineAt = harness.clock.at + customActionTimeoutMs;
    for (let count = 0; count < 5; count += 1) {
      harness.clock.pass(60_000);
      harness.succeed(id, 'Compile', { continuationToken: 't' });
      expect(harness.job(id, 'Compile').deadlineAt).toBe(deadlineAt);
    }
  });

  test('progress survives later reports that omit it (decision 4)', () => {
    harness.succeed(id, 'Compile', {
      continuationToken: 't',
      executionDetails: { externalExecutionId: 'x-1', summary: 'half', percentComplete: 50 },
    });
    harness.succeed(id, 'Compile', { continuationToken: 't', executionDetails: { percentComplete: 75 } });
    harness.succeed(id, 'Compile');
    expect(harness.action(id, 'Compile')).toMatchObject({
      status: 'Succeeded',
      progress: { externalExecutionId: 'x-1', summary: 'half', percentComplete: 75 },
    });
  });

  test('the same token may be returned repeatedly', () => {
    for (let count = 0; count < 3; count += 1) harness.succeed(id, 'Compile', { continuationToken: 'again' });
    expect(openJobs(harness.execution(id))).toHaveLength(1);
    expect(harness.job(id, 'Compile').continuationToken).toBe('again');
  });

  test('an identical repetition queues no second job', () => {
    const { id: first } = harness.job(id, 'Compile');
    harness.succeed(id, first, { continuationToken: 't' });
    expect(harness.succeed(id, first, { continuationToken: 't' })).toEqual({ changes: [], answer: undefined });
    expect(openJobs(harness.execution(id))).toHaveLength(1);
  });

  test('the final result is refused for an ended job', () => {
    const { id: first } = harness.job(id, 'Compile');
    harness.succeed(id, first, { continuationToken: 't' });
    expect(refusalOf(harness.succeed(id, first)).message).toContain('already set to the desired value');
    expect(refusalOf(harness.fail(id, first)).message).toBe(`Job with id ${first} has already terminated`);
    expect(kindsOf(harness.succeed(id, 'Compile'))).toContain('actionSucceeded');
  });

  test('a continuation job starts its own count of deliveries', () => {
    const { id: first } = harness.job(id, 'Compile');
    harness.deliver(id, first);
    harness.deliver(id, first);
    harness.succeed(id, first, { continuationToken: 't' });
    const { id: second } = harness.job(id, 'Compile');
    harness.deliver(id, second);
    expect(kindsOf(harness.report(id, second, { outcome: 'Succeeded' }, '3'))).toContain('actionSucceeded');
  });

  test('of a type with a time-out for each job restarts it when the job is offered (behaviour A.8)', () => {
    const timed = { ...buildType, timeoutMs: 60_000, isTimedByJob: true as const };
    harness = createHarness(twoStages(), { types: [sourceType, timed] });
    id = harness.start();
    harness.succeed(id, 'Fetch');
    expect(harness.job(id, 'Compile').deadlineAt).toBe(harness.clock.at + 60_000);
    for (let round = 0; round < 3; round += 1) {
      harness.clock.pass(59_000);
      harness.succeed(id, 'Compile', { continuationToken: 'on' });
      expect(harness.job(id, 'Compile').deadlineAt).toBe(harness.clock.at + harness.continuationDelayMs + 60_000);
    }
    harness.clock.pass(harness.continuationDelayMs + 60_000);
    harness.timeOut(id);
    expect(harness.action(id, 'Compile')).toMatchObject({ status: 'Failed', error: { code: 'JobTimedOut' } });
  });
});
