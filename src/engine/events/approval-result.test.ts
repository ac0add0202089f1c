import { beforeEach, describe, expect, test } from 'vitest';
import {
  createHarness,
  type Harness,
  kindsOf,
  refusalOf,
  waitingApprovals,
} from '../../../test/support/engine/harness.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';

const dayMs = 24 * 60 * 60 * 1000;
let harness: Harness;
let id: string;

/** Starts an execution that waits for the approval `Ask`, before `Ship`. */
function setUp(parts: Parameters<typeof approval>[1] = {}): void {
  harness = createHarness(
    declare([stage('Source', source()), stage('Release', approval('Ask', parts), action('Ship', { runOrder: 2 }))]),
  );
  id = harness.start();
  harness.succeed(id, 'Fetch');
}
beforeEach(() => setUp());

const ask = () => harness.action(id, 'Ask');
const invalid = { refuse: 'InvalidApprovalTokenException', message: expect.stringContaining("approval action 'Ask'") };

describe('an approval (behaviour C.14)', () => {
  test('waits without a job, for 7 days', () => {
    expect(ask()).toMatchObject({ status: 'InProgress', deadlineAt: harness.clock.at + 7 * dayMs });
    expect(harness.execution(id).jobs.map(({ status }) => status)).toEqual(['Succeeded']);
  });

  test('or for its declared time-out', () => {
    setUp({ timeoutInMinutes: 5 });
    expect(ask().deadlineAt).toBe(harness.clock.at + 5 * 60_000);
  });

  test('has a resolved configuration', () => {
    setUp({ configuration: { CustomData: 'run #{codepipeline.PipelineExecutionId}' } });
    expect(ask().start.resolvedConfiguration).toEqual({ CustomData: `run ${id}` });
  });
});

describe('the answer', () => {
  test('Approved: the next run order starts', () => {
    harness.clock.pass(10);
    const decision = harness.answer(id, 'Ask', { summary: 'looks good', updatedBy: 'arn:ann' });
    expect(kindsOf(decision)).toEqual(['actionSucceeded', 'actionStarted', 'jobQueued']);
    expect(decision).toMatchObject({ answer: harness.clock.at });
    expect(ask()).toMatchObject({
      status: 'Succeeded',
      progress: { summary: 'looks good' },
      updatedBy: 'arn:ann',
      updatedAt: harness.clock.at,
    });
    expect(ask().deadlineAt).toBeUndefined();
  });

  test('Rejected: the stage fails, without an error', () => {
    harness.answer(id, 'Ask', { status: 'Rejected', updatedBy: 'arn:ann' });
    expect(ask()).toMatchObject({ status: 'Failed', progress: { summary: 'Rejected by arn:ann' } });
    expect(ask().error).toBeUndefined();
    expect(harness.execution(id).status).toBe('Failed');
  });

  test('with an empty summary gets one with the caller', () => {
    harness.answer(id, 'Ask', { updatedBy: 'arn:ann' });
    expect(ask().progress.summary).toBe('Approved by arn:ann');
  });

  test.each(['', '  ', '\n'])(
    'with %j for a required summary is refused, and the approval keeps waiting',
    (summary) => {
      setUp({ configuration: { IsSummaryRequired: 'true' } });
      expect(refusalOf(harness.answer(id, 'Ask', { summary }))).toEqual({
        refuse: 'InvalidApprovalTokenException',
        message:
          "Action 'Ask' in stage 'Release' requires a summary. Provide a summary in the approval result and try again.",
      });
      harness.answer(id, 'Ask', { summary: 'seen' });
      expect(ask().status).toBe('Succeeded');
    },
  );

  test('repeated: ApprovalAlreadyCompletedException, also if it is the same', () => {
    harness.answer(id, 'Ask');
    for (const status of ['Approved', 'Rejected'] as const) {
      expect(refusalOf(harness.answer(id, 'Ask', { status }))).toMatchObject({
        refuse: 'ApprovalAlreadyCompletedException',
        message: expect.stringContaining('already been completed'),
      });
    }
  });

  test('with the token of another approval', () => {
    const fetch = harness.action(id, 'Fetch').id;
    for (const answer of [{ token: 'nope' }, { token: fetch }]) {
      expect(refusalOf(harness.answer(id, 'Ask', answer))).toMatchObject(invalid);
    }
    expect(refusalOf(harness.answer(id, 'Ask', { stageName: 'Source' }))).toMatchObject({ refuse: invalid.refuse });
    expect(refusalOf(harness.answer(id, 'Ask', { actionName: 'Ship' }))).toMatchObject({ refuse: invalid.refuse });
    expect(refusalOf(harness.answer(id, 'Fetch'))).toMatchObject({ refuse: invalid.refuse });
  });
});

describe('an approval that is not answered', () => {
  test('fails at its deadline, and its token becomes invalid', () => {
    harness.clock.pass(7 * dayMs - 1);
    expect(kindsOf(harness.timeOut(id))).toEqual([]);
    harness.clock.pass(1);
    expect(kindsOf(harness.timeOut(id))).toEqual(['actionFailed', 'stageEnded', 'executionEnded']);
    expect(ask()).toMatchObject({ status: 'Failed', error: { code: 'ApprovalTimedOut' } });
    expect(refusalOf(harness.answer(id, 'Ask'))).toMatchObject(invalid);
  });

  test('keeps its stage locked (behaviour C.2.2)', () => {
    const waiter = harness.start();
    harness.succeed(waiter, 'Fetch');
    expect(harness.execution(waiter).waitingStage).toBe('Release');
    harness.answer(id, 'Ask', { status: 'Rejected' });
    expect(harness.action(waiter, 'Ask').status).toBe('InProgress');
  });

  test('can be answered after stop and wait', () => {
    harness.stop(id);
    harness.answer(id, 'Ask');
    expect(ask().status).toBe('Succeeded');
    expect(harness.execution(id).status).toBe('Stopped');
  });

  test('is abandoned by stop and abandon', () => {
    harness.stop(id, { abandon: true });
    expect(ask()).toMatchObject({ status: 'Abandoned' });
    expect(ask().deadlineAt).toBeUndefined();
    expect(refusalOf(harness.answer(id, 'Ask'))).toMatchObject(invalid);
  });

  test.each([false, true])('is cancelled by an update of the pipeline (stopping: %s)', (isStopping) => {
    if (isStopping) harness.stop(id);
    harness.update(harness.declaration());
    expect(ask()).toMatchObject({
      status: 'Failed',
      error: { code: 'ApprovalCanceled', message: 'The approval action has been canceled.' },
    });
    expect(harness.execution(id).status).toBe(isStopping ? 'Stopped' : 'Cancelled');
    expect(refusalOf(harness.answer(id, 'Ask'))).toMatchObject(invalid);
  });

  test('is requested again by a retry, with a new token', () => {
    const token = ask().id;
    harness.answer(id, 'Ask', { status: 'Rejected' });
    harness.retry(id, 'Release');
    expect(waitingApprovals(harness.execution(id))).toHaveLength(1);
    expect(ask().id).not.toBe(token);
    expect(refusalOf(harness.answer(id, 'Ask', { token }))).toMatchObject({
      refuse: 'ApprovalAlreadyCompletedException',
    });
    harness.answer(id, 'Ask');
    expect(harness.action(id, 'Ship').status).toBe('InProgress');
  });
});
