import { beforeEach, describe, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { customActionTimeoutMs } from '../../model/job.ts';
import { jobTimeout } from './timeouts.ts';

let harness: Harness;
let id: string;
beforeEach(() => {
  harness = createHarness(
    declare([
      stage('Source', source()),
      stage('Build', action('Left'), action('Right')),
      stage('Deploy', action('Ship')),
    ]),
  );
  id = harness.start();
  harness.succeed(id, 'Fetch');
});

describe('the time-out of an action (behaviour A.8)', () => {
  test('changes nothing earlier', () => {
    harness.clock.pass(customActionTimeoutMs - 1);
    expect(kindsOf(harness.timeOut(id))).toEqual([]);
  });

  test('ends the job as TimedOut and the action as Failed', () => {
    harness.succeed(id, 'Right');
    harness.clock.pass(customActionTimeoutMs);
    expect(kindsOf(harness.timeOut(id))).toEqual(['jobEnded', 'actionFailed', 'stageEnded', 'executionEnded']);
    expect(harness.job(id, 'Left')).toMatchObject({ status: 'TimedOut', offerAt: undefined, deadlineAt: undefined });
    expect(harness.job(id, 'Left').result).toBeUndefined();
    expect(harness.action(id, 'Left')).toMatchObject({
      status: 'Failed',
      error: { code: 'JobTimedOut', message: 'The action did not report a result before its time-out.' },
      updatedAt: harness.clock.at,
    });
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('ends all overdue jobs of the execution', () => {
    harness.clock.pass(customActionTimeoutMs);
    harness.timeOut(id);
    expect([harness.action(id, 'Left').status, harness.action(id, 'Right').status]).toEqual(['Failed', 'Failed']);
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('counts from the start of the action, also for acknowledged jobs and continuations', () => {
    const { id: jobId } = harness.job(id, 'Left');
    harness.deliver(id, jobId);
    harness.acknowledge(id, jobId);
    harness.clock.pass(customActionTimeoutMs - 10);
    harness.succeed(id, 'Left', { continuationToken: 't' });
    harness.clock.pass(10);
    harness.timeOut(id);
    expect(harness.job(id, 'Left').status).toBe('TimedOut');
  });

  test('adds nothing when decided again', () => {
    harness.clock.pass(customActionTimeoutMs);
    harness.timeOut(id);
    expect(kindsOf(harness.timeOut(id))).toEqual([]);
  });

  test('changes nothing without an execution', () => {
    expect(kindsOf(jobTimeout(harness.snapshot(), harness.clock.moment()))).toEqual([]);
  });
});
