import { beforeEach, describe, expect, test } from 'vitest';
import { createWorld, kindsOf, refusalOf, type World, waitingApprovals } from '../../../test/support/engine/harness.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';

const dayMs = 24 * 60 * 60 * 1000;
let world: World;
let id: string;

/** Starts an execution that waits for the approval `Ask`, before `Ship`. */
function setUp(parts: Parameters<typeof approval>[1] = {}): void {
  world = createWorld(
    declare([stage('Source', source()), stage('Release', approval('Ask', parts), action('Ship', { runOrder: 2 }))]),
  );
  id = world.start();
  world.succeed(id, 'Fetch');
}
beforeEach(() => setUp());

const ask = () => world.action(id, 'Ask');
const invalid = { refuse: 'InvalidApprovalTokenException', message: expect.stringContaining("approval action 'Ask'") };

describe('an approval (behaviour C.14)', () => {
  test('waits without a job, for 7 days', () => {
    expect(ask()).toMatchObject({ status: 'InProgress', deadlineAt: world.clock.at + 7 * dayMs });
    expect(world.execution(id).jobs.map(({ status }) => status)).toEqual(['Succeeded']);
  });

  test('or for its declared time-out', () => {
    setUp({ timeoutInMinutes: 5 });
    expect(ask().deadlineAt).toBe(world.clock.at + 5 * 60_000);
  });

  test('with an SNS topic waits, with a summary that no notification was sent', () => {
    setUp({ configuration: { NotificationArn: 'arn:aws:sns:us-east-1:123456789012:ask' } });
    expect(ask()).toMatchObject({
      status: 'InProgress',
      progress: { summary: expect.stringContaining("SNS topic 'arn:aws:sns:us-east-1:123456789012:ask'") },
    });
    world.answer(id, 'Ask', { summary: 'fine' });
    expect(ask()).toMatchObject({ status: 'Succeeded', progress: { summary: 'fine' } });
  });

  test('has a resolved configuration', () => {
    setUp({ configuration: { CustomData: 'run #{codepipeline.PipelineExecutionId}' } });
    expect(ask().start.resolvedConfiguration).toEqual({ CustomData: `run ${id}` });
  });
});

describe('the answer', () => {
  test('Approved: the next run order starts', () => {
    world.clock.pass(10);
    const decision = world.answer(id, 'Ask', { summary: 'looks good', updatedBy: 'arn:ann' });
    expect(kindsOf(decision)).toEqual(['actionSucceeded', 'actionStarted', 'jobQueued']);
    expect(decision).toMatchObject({ answer: world.clock.at });
    expect(ask()).toMatchObject({
      status: 'Succeeded',
      progress: { summary: 'looks good' },
      updatedBy: 'arn:ann',
      updatedAt: world.clock.at,
    });
    expect(ask().deadlineAt).toBeUndefined();
  });

  test('Rejected: the stage fails, without an error', () => {
    world.answer(id, 'Ask', { status: 'Rejected', updatedBy: 'arn:ann' });
    expect(ask()).toMatchObject({ status: 'Failed', progress: { summary: 'Rejected by arn:ann' } });
    expect(ask().error).toBeUndefined();
    expect(world.execution(id).status).toBe('Failed');
  });

  test('with an empty summary gets one with the caller', () => {
    world.answer(id, 'Ask', { updatedBy: 'arn:ann' });
    expect(ask().progress.summary).toBe('Approved by arn:ann');
  });

  test.each(['', '  ', '\n'])(
    'with %j for a required summary is refused, and the approval keeps waiting',
    (summary) => {
      setUp({ configuration: { IsSummaryRequired: 'true' } });
      expect(refusalOf(world.answer(id, 'Ask', { summary }))).toEqual({
        refuse: 'InvalidApprovalTokenException',
        message:
          "Action 'Ask' in stage 'Release' requires a summary. Provide a summary in the approval result and try again.",
      });
      world.answer(id, 'Ask', { summary: 'seen' });
      expect(ask().status).toBe('Succeeded');
    },
  );

  test('repeated: ApprovalAlreadyCompletedException, also if it is the same', () => {
    world.answer(id, 'Ask');
    for (const status of ['Approved', 'Rejected'] as const) {
      expect(refusalOf(world.answer(id, 'Ask', { status }))).toMatchObject({
        refuse: 'ApprovalAlreadyCompletedException',
        message: expect.stringContaining('already been completed'),
      });
    }
  });

  test('with the token of another approval', () => {
    const fetch = world.action(id, 'Fetch').id;
    for (const answer of [{ token: 'nope' }, { token: fetch }]) {
      expect(refusalOf(world.answer(id, 'Ask', answer))).toMatchObject(invalid);
    }
    expect(refusalOf(world.answer(id, 'Ask', { stageName: 'Source' }))).toMatchObject({ refuse: invalid.refuse });
    expect(refusalOf(world.answer(id, 'Ask', { actionName: 'Ship' }))).toMatchObject({ refuse: invalid.refuse });
    expect(refusalOf(world.answer(id, 'Fetch'))).toMatchObject({ refuse: invalid.refuse });
  });
});

describe('an approval that is not answered', () => {
  test('fails at its deadline, and its token becomes invalid', () => {
    world.clock.pass(7 * dayMs - 1);
    expect(kindsOf(world.timeOut(id))).toEqual([]);
    world.clock.pass(1);
    expect(kindsOf(world.timeOut(id))).toEqual(['actionFailed', 'stageEnded', 'executionEnded']);
    expect(ask()).toMatchObject({ status: 'Failed', error: { code: 'ApprovalTimedOut' } });
    expect(refusalOf(world.answer(id, 'Ask'))).toMatchObject(invalid);
  });

  test('keeps its stage locked (behaviour C.2.2)', () => {
    const waiter = world.start();
    world.succeed(waiter, 'Fetch');
    expect(world.execution(waiter).waitingStage).toBe('Release');
    world.answer(id, 'Ask', { status: 'Rejected' });
    expect(world.action(waiter, 'Ask').status).toBe('InProgress');
  });

  test('can be answered after stop and wait', () => {
    world.stop(id);
    world.answer(id, 'Ask');
    expect(ask().status).toBe('Succeeded');
    expect(world.execution(id).status).toBe('Stopped');
  });

  test('is abandoned by stop and abandon', () => {
    world.stop(id, { abandon: true });
    expect(ask()).toMatchObject({ status: 'Abandoned' });
    expect(ask().deadlineAt).toBeUndefined();
    expect(refusalOf(world.answer(id, 'Ask'))).toMatchObject(invalid);
  });

  test.each([false, true])('is cancelled by an update of the pipeline (stopping: %s)', (isStopping) => {
    if (isStopping) world.stop(id);
    world.update(world.declaration());
    expect(ask()).toMatchObject({
      status: 'Failed',
      error: { code: 'ApprovalCanceled', message: 'The approval action has been canceled.' },
    });
    expect(world.execution(id).status).toBe(isStopping ? 'Stopped' : 'Cancelled');
    expect(refusalOf(world.answer(id, 'Ask'))).toMatchObject(invalid);
  });

  test('is requested again by a retry, with a new token', () => {
    const token = ask().id;
    world.answer(id, 'Ask', { status: 'Rejected' });
    world.retry(id, 'Release');
    expect(waitingApprovals(world.execution(id))).toHaveLength(1);
    expect(ask().id).not.toBe(token);
    expect(refusalOf(world.answer(id, 'Ask', { token }))).toMatchObject({
      refuse: 'ApprovalAlreadyCompletedException',
    });
    world.answer(id, 'Ask');
    expect(world.action(id, 'Ship').status).toBe('InProgress');
  });
});
