import { beforeEach, describe, expect, test } from 'vitest';
import { createHarness, type Harness, refusalOf } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { Job, JobResult } from '../../model/job.ts';
import { jobResult } from './job-result.ts';

let harness: Harness;
let id: string;
let jobId: string;
beforeEach(() => {
  harness = createHarness(twoStages());
  id = harness.start();
  harness.succeed(id, 'Fetch');
  jobId = harness.job(id, 'Compile').id;
});

const success: JobResult = {
  outcome: 'Succeeded',
  executionDetails: { summary: 'done', percentComplete: 100 },
  outputVariables: { A: '1', B: '2' },
};
const failure: JobResult = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } };

/** Reports `first`, then `second`, for the job of Compile. */
function repeat(first: JobResult, second: JobResult) {
  harness.report(id, jobId, first);
  const before = harness.execution(id);
  const decision = harness.report(id, jobId, second);
  expect(harness.execution(id)).toBe(before);
  return decision;
}

const sameStatus = () => ({
  refuse: 'InvalidJobStateException',
  message: `The status of job with id ${jobId} is already set to the desired value. It cannot be updated with the same status, but different result or output variables.`,
});
const terminated = () => ({
  refuse: 'InvalidJobStateException',
  message: `Job with id ${jobId} has already terminated`,
});

describe('a repeated result (behaviour A.6)', () => {
  test('identical: accepted without effect', () => {
    expect(repeat(success, success)).toEqual({ changes: [], answer: undefined });
  });

  test('identical failure: accepted without effect', () => {
    expect(repeat(failure, failure)).toEqual({ changes: [], answer: undefined });
  });

  test('identical with members in another order: accepted', () => {
    const reordered: JobResult = {
      outputVariables: { B: '2', A: '1' },
      executionDetails: { percentComplete: 100, summary: 'done' },
      outcome: 'Succeeded',
    };
    expect(repeat(success, reordered)).toMatchObject({ changes: [] });
  });

  test('identical except for an undefined member: accepted', () => {
    expect(repeat(success, { ...success, currentRevision: undefined })).toMatchObject({ changes: [] });
  });

  test('the same outcome with other details is refused', () => {
    expect(refusalOf(repeat(success, { ...success, outputVariables: { A: '1', B: '3' } }))).toEqual(sameStatus());
  });

  test('the same outcome with fewer details is refused', () => {
    expect(refusalOf(repeat(success, { outcome: 'Succeeded' }))).toEqual(sameStatus());
  });

  test('another failure is refused', () => {
    const other: JobResult = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'never' } };
    expect(refusalOf(repeat(failure, other))).toEqual(sameStatus());
  });

  test('the opposite outcome is refused', () => {
    expect(refusalOf(repeat(success, failure))).toEqual(terminated());
  });

  test('success after failure is refused', () => {
    expect(refusalOf(repeat(failure, success))).toEqual(terminated());
  });

  test('its content is checked before the state of the job', () => {
    expect(refusalOf(repeat(success, { ...success, continuationToken: 't' })).refuse).toBe('ValidationException');
  });
});

describe('a result after the time-out (behaviour A.8)', () => {
  test.each([
    ['success', success],
    ['failure', failure],
  ])('%s: refused, the job has terminated', (_name, result) => {
    harness.clock.pass(24 * 60 * 60 * 1000);
    harness.timeOut(id);
    expect(refusalOf(harness.report(id, jobId, result))).toEqual(terminated());
  });
});

describe('a job that ended without a result because its pipeline was deleted', () => {
  const reportOn = (result: JobResult) => {
    const { execution, ...seen } = harness.snapshot({ executionId: id });
    const jobs = (execution?.jobs ?? []).map((job): Job => (job.id === jobId ? { ...job, status: 'Failed' } : job));
    const snapshot = { ...seen, execution: execution && { ...execution, jobs } };
    return jobResult(snapshot, { jobId, result, continuationDelayMs: 0 }, harness.clock.moment());
  };

  test('no result is a repetition', () => {
    expect(refusalOf(reportOn(success))).toEqual(terminated());
    expect(refusalOf(reportOn(failure))).toEqual(sameStatus());
  });
});
