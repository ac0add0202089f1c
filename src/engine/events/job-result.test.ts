import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createHarness, type Harness, kindsOf, refusalOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, sourceType, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { JobResult } from '../../model/job.ts';
import { jobResult } from './job-result.ts';

let harness: Harness;
let id: string;
beforeEach(() => {
  harness = createHarness(
    declare([
      stage('Source', source()),
      stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }), action('Lint')),
    ]),
  );
  id = harness.start();
  harness.succeed(id, 'Fetch');
});

const failure = (members = {}): JobResult => ({
  outcome: 'Failed',
  failureDetails: { type: 'JobFailed', message: 'broken', ...members },
});

describe('success (behaviour A.6)', () => {
  test('ends the job and the action', () => {
    const { id: jobId } = harness.job(id, 'Compile');
    harness.clock.pass(1234);
    expect(kindsOf(harness.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } }))).toEqual([
      'jobEnded',
      'actionSucceeded',
    ]);
    expect(harness.action(id, 'Compile')).toMatchObject({
      status: 'Succeeded',
      outputVariables: { Tag: 'v1' },
      updatedAt: harness.clock.at,
    });
    expect(harness.job(id, 'Compile')).toMatchObject({
      id: jobId,
      status: 'Succeeded',
      offerAt: undefined,
      deadlineAt: undefined,
      result: { outcome: 'Succeeded', outputVariables: { Tag: 'v1' } },
    });
  });

  test('executionDetails become the progress of the action', () => {
    const executionDetails = { externalExecutionId: 'x-1', summary: 'done', percentComplete: 100 };
    harness.succeed(id, 'Compile', { executionDetails });
    expect(harness.action(id, 'Compile').progress).toEqual(executionDetails);
  });

  test('a job can be completed before it is acknowledged or delivered (decision 5)', () => {
    const { id: jobId } = harness.job(id, 'Compile');
    harness.deliver(id, jobId);
    harness.succeed(id, jobId);
    expect(harness.action(id, 'Compile').status).toBe('Succeeded');
    harness.succeed(id, 'Lint');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test('the outcome of a job is Succeeded while its siblings run', () => {
    harness.succeed(id, 'Compile');
    expect(harness.execution(id)).toMatchObject({ status: 'InProgress', stages: [{}, { isLocking: true }] });
  });
});

describe('failure (behaviour A.7)', () => {
  test('ends the job and fails the action with type and message', () => {
    expect(kindsOf(harness.report(id, 'Compile', failure({ type: 'PermissionError' })))).toEqual([
      'jobEnded',
      'actionFailed',
    ]);
    expect(harness.action(id, 'Compile')).toMatchObject({
      status: 'Failed',
      error: { code: 'PermissionError', message: 'broken' },
    });
    expect(harness.job(id, 'Compile')).toMatchObject({ status: 'Failed', offerAt: undefined, deadlineAt: undefined });
  });

  test('the external execution id is recorded; without one the earlier id stays', () => {
    harness.report(id, 'Compile', failure({ externalExecutionId: 'x-9' }));
    expect(harness.action(id, 'Compile').progress).toEqual({ externalExecutionId: 'x-9' });
    harness.succeed(id, 'Lint', {
      continuationToken: 't',
      executionDetails: { externalExecutionId: 'x-1', summary: 's' },
    });
    harness.report(id, 'Lint', failure());
    expect(harness.action(id, 'Lint').progress).toEqual({ externalExecutionId: 'x-1', summary: 's' });
  });
});

describe('the revision that a source reports (behaviour A.6, A.2.7)', () => {
  const currentRevision = {
    revision: 'abc',
    changeIdentifier: 'c-1',
    revisionSummary: 'first',
    created: 1_700_000_000,
  };

  test('is recorded on the execution, once per output artifact', () => {
    harness = createHarness(
      declare([stage('Source', source('Fetch', { outputs: ['Code', 'Docs'] })), stage('Build', action('Use'))]),
    );
    id = harness.start();
    const recorded = {
      actionName: 'Fetch',
      revisionId: 'abc',
      revisionChangeIdentifier: 'c-1',
      revisionSummary: 'first',
      created: 1_700_000_000,
    };
    expect(kindsOf(harness.succeed(id, 'Fetch', { currentRevision }))).toContain('revisionsRecorded');
    expect(harness.execution(id).revisions).toEqual([
      { ...recorded, name: 'Code' },
      { ...recorded, name: 'Docs' },
    ]);
    expect(harness.action(id, 'Fetch').currentRevision).toEqual(currentRevision);
  });

  test('is kept for each of several sources', () => {
    harness = createHarness(
      declare([
        stage('Source', source('A', { outputs: ['One'] }), source('B', { outputs: ['Two'] })),
        stage('Build', action('Use')),
      ]),
    );
    id = harness.start();
    harness.succeed(id, 'B', { currentRevision: { ...currentRevision, revision: 'b' } });
    harness.succeed(id, 'A', { currentRevision: { ...currentRevision, revision: 'a' } });
    expect(harness.execution(id).revisions.map(({ name, revisionId }) => [name, revisionId])).toEqual([
      ['Two', 'b'],
      ['One', 'a'],
    ]);
  });

  test('of another action is recorded with its artifacts only', () => {
    harness.succeed(id, 'Compile', { currentRevision });
    expect(harness.execution(id).revisions).toEqual([]);
    expect(harness.action(id, 'Compile')).toMatchObject({
      currentRevision,
      start: { outputArtifacts: [{ name: 'Package', revision: currentRevision.revision }] },
    });
  });
});

describe('refused', () => {
  test('a continuation token and output variables together; the job is not consumed (behaviour A.6)', () => {
    const result = harness.succeed(id, 'Compile', { continuationToken: 't', outputVariables: {} });
    expect(refusalOf(result)).toEqual({
      refuse: 'ValidationException',
      message: 'A job can not contain both a continuation token and output variables.',
    });
    expect(harness.job(id, 'Compile').status).toBe('Queued');
    expect(kindsOf(harness.succeed(id, 'Compile'))).toContain('actionSucceeded');
  });

  test('output variables of more than 122,880 bytes (behaviour A.6)', () => {
    const key = 'Text';
    const room = 122_880 - key.length;
    expect(refusalOf(harness.succeed(id, 'Compile', { outputVariables: { [key]: 'x'.repeat(room + 1) } }))).toEqual({
      refuse: 'OutputVariablesSizeExceededException',
      message: 'The output variables of an action can have at most 122880 bytes in all.',
    });
    // Two bytes of UTF-8, one unit of UTF-16: bytes count.
    expect(
      refusalOf(harness.succeed(id, 'Compile', { outputVariables: { [key]: 'é'.repeat(room / 2 + 1) } })).refuse,
    ).toBe('OutputVariablesSizeExceededException');
    expect(kindsOf(harness.succeed(id, 'Compile', { outputVariables: { [key]: 'é'.repeat(room / 2) } }))).toContain(
      'actionSucceeded',
    );
  });

  test('too large keys and values in total', () => {
    const outputVariables = { a: 'x'.repeat(61_439), b: 'x'.repeat(61_439), c: '' };
    expect(refusalOf(harness.succeed(id, 'Compile', { outputVariables })).refuse).toBe(
      'OutputVariablesSizeExceededException',
    );
  });

  test('an unknown job (behaviour A.6)', () => {
    const decision = jobResult(
      harness.snapshot({ executionId: id }),
      { jobId: 'nope', result: failure(), continuationDelayMs: 0 },
      harness.clock.moment(),
    );
    expect(refusalOf(decision)).toEqual({
      refuse: 'JobNotFoundException',
      message: "Job with id 'nope' does not exist",
    });
  });
});

describe('the fence of a built-in provider (decision 10)', () => {
  test('the latest delivery is accepted, an earlier one refused', () => {
    const { id: jobId } = harness.job(id, 'Compile');
    harness.deliver(id, jobId);
    harness.deliver(id, jobId);
    expect(refusalOf(harness.report(id, jobId, { outcome: 'Succeeded' }, '3'))).toEqual({
      refuse: 'InvalidJobStateException',
      message: `Job with id ${jobId} has been handed to another worker`,
    });
    expect(harness.action(id, 'Compile').status).toBe('InProgress');
    expect(kindsOf(harness.report(id, jobId, { outcome: 'Succeeded' }, '4'))).toContain('actionSucceeded');
  });

  test('an unknown fence is refused', () => {
    const { id: jobId } = harness.job(id, 'Compile');
    harness.deliver(id, jobId);
    for (const fence of ['', '2', '4', '03']) {
      expect(refusalOf(harness.report(id, jobId, { outcome: 'Succeeded' }, fence)).refuse).toBe(
        'InvalidJobStateException',
      );
    }
  });

  test('without a fence the state of the job decides', () => {
    const { id: jobId } = harness.job(id, 'Compile');
    harness.deliver(id, jobId);
    harness.deliver(id, jobId);
    expect(kindsOf(harness.succeed(id, jobId))).toContain('actionSucceeded');
  });
});

test('a report changes only its own execution', () => {
  harness = createHarness(twoStages(), { types: [sourceType] });
  const other = harness.start();
  const waiting = harness.start();
  const before = harness.execution(waiting);
  expect(
    changesOf(harness.succeed(other, 'Fetch')).every(
      (change) => !('executionId' in change) || change.executionId === other,
    ),
  ).toBe(true);
  expect(before.waitingStage).toBe('Source');
});
