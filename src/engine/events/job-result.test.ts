import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createWorld, kindsOf, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { action, declare, source, sourceType, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { JobResult } from '../../model/job.ts';
import { jobResult } from './job-result.ts';

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld(
    declare([
      stage('Source', source()),
      stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }), action('Lint')),
    ]),
  );
  id = world.start();
  world.succeed(id, 'Fetch');
});

const failure = (members = {}): JobResult => ({
  outcome: 'Failed',
  failureDetails: { type: 'JobFailed', message: 'broken', ...members },
});

describe('success (behaviour A.6)', () => {
  test('ends the job and the action', () => {
    const { id: jobId } = world.job(id, 'Compile');
    world.clock.pass(1234);
    expect(kindsOf(world.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } }))).toEqual([
      'jobEnded',
      'actionSucceeded',
    ]);
    expect(world.action(id, 'Compile')).toMatchObject({
      status: 'Succeeded',
      outputVariables: { Tag: 'v1' },
      updatedAt: world.clock.at,
    });
    expect(world.job(id, 'Compile')).toMatchObject({
      id: jobId,
      status: 'Succeeded',
      offerAt: undefined,
      deadlineAt: undefined,
      result: { outcome: 'Succeeded', outputVariables: { Tag: 'v1' } },
    });
  });

  test('executionDetails become the progress of the action', () => {
    const executionDetails = { externalExecutionId: 'x-1', summary: 'done', percentComplete: 100 };
    world.succeed(id, 'Compile', { executionDetails });
    expect(world.action(id, 'Compile').progress).toEqual(executionDetails);
  });

  test('a job can be completed before it is acknowledged or delivered (decision 5)', () => {
    const { id: jobId } = world.job(id, 'Compile');
    world.deliver(id, jobId);
    world.succeed(id, jobId);
    expect(world.action(id, 'Compile').status).toBe('Succeeded');
    world.succeed(id, 'Lint');
    expect(world.execution(id).status).toBe('Succeeded');
  });

  test('the outcome of a job is Succeeded while its siblings run', () => {
    world.succeed(id, 'Compile');
    expect(world.execution(id)).toMatchObject({ status: 'InProgress', stages: [{}, { isLocking: true }] });
  });
});

describe('failure (behaviour A.7)', () => {
  test('ends the job and fails the action with type and message', () => {
    expect(kindsOf(world.report(id, 'Compile', failure({ type: 'PermissionError' })))).toEqual([
      'jobEnded',
      'actionFailed',
    ]);
    expect(world.action(id, 'Compile')).toMatchObject({
      status: 'Failed',
      error: { code: 'PermissionError', message: 'broken' },
    });
    expect(world.job(id, 'Compile')).toMatchObject({ status: 'Failed', offerAt: undefined, deadlineAt: undefined });
  });

  test('the external execution id is recorded; without one the earlier id stays', () => {
    world.report(id, 'Compile', failure({ externalExecutionId: 'x-9' }));
    expect(world.action(id, 'Compile').progress).toEqual({ externalExecutionId: 'x-9' });
    world.succeed(id, 'Lint', {
      continuationToken: 't',
      executionDetails: { externalExecutionId: 'x-1', summary: 's' },
    });
    world.report(id, 'Lint', failure());
    expect(world.action(id, 'Lint').progress).toEqual({ externalExecutionId: 'x-1', summary: 's' });
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
    world = createWorld(
      declare([stage('Source', source('Fetch', { outputs: ['Code', 'Docs'] })), stage('Build', action('Use'))]),
    );
    id = world.start();
    const recorded = {
      actionName: 'Fetch',
      revisionId: 'abc',
      revisionChangeIdentifier: 'c-1',
      revisionSummary: 'first',
      created: 1_700_000_000,
    };
    expect(kindsOf(world.succeed(id, 'Fetch', { currentRevision }))).toContain('revisionsRecorded');
    expect(world.execution(id).revisions).toEqual([
      { ...recorded, name: 'Code' },
      { ...recorded, name: 'Docs' },
    ]);
    expect(world.action(id, 'Fetch').currentRevision).toEqual(currentRevision);
  });

  test('is kept for each of several sources', () => {
    world = createWorld(
      declare([
        stage('Source', source('A', { outputs: ['One'] }), source('B', { outputs: ['Two'] })),
        stage('Build', action('Use')),
      ]),
    );
    id = world.start();
    world.succeed(id, 'B', { currentRevision: { ...currentRevision, revision: 'b' } });
    world.succeed(id, 'A', { currentRevision: { ...currentRevision, revision: 'a' } });
    expect(world.execution(id).revisions.map(({ name, revisionId }) => [name, revisionId])).toEqual([
      ['Two', 'b'],
      ['One', 'a'],
    ]);
  });

  test('of another action is recorded with its artifacts only', () => {
    world.succeed(id, 'Compile', { currentRevision });
    expect(world.execution(id).revisions).toEqual([]);
    expect(world.action(id, 'Compile')).toMatchObject({
      currentRevision,
      start: { outputArtifacts: [{ name: 'Package', revision: currentRevision.revision }] },
    });
  });
});

describe('refused', () => {
  test('a continuation token and output variables together; the job is not consumed (behaviour A.6)', () => {
    const result = world.succeed(id, 'Compile', { continuationToken: 't', outputVariables: {} });
    expect(refusalOf(result)).toEqual({
      refuse: 'ValidationException',
      message: 'A job can not contain both a continuation token and output variables.',
    });
    expect(world.job(id, 'Compile').status).toBe('Queued');
    expect(kindsOf(world.succeed(id, 'Compile'))).toContain('actionSucceeded');
  });

  test('output variables of more than 122,880 bytes (behaviour A.6)', () => {
    const key = 'Text';
    const room = 122_880 - key.length;
    expect(refusalOf(world.succeed(id, 'Compile', { outputVariables: { [key]: 'x'.repeat(room + 1) } }))).toEqual({
      refuse: 'OutputVariablesSizeExceededException',
      message: 'The output variables of an action can have at most 122880 bytes in all.',
    });
    // Two bytes of UTF-8, one unit of UTF-16: bytes count.
    expect(
      refusalOf(world.succeed(id, 'Compile', { outputVariables: { [key]: 'é'.repeat(room / 2 + 1) } })).refuse,
    ).toBe('OutputVariablesSizeExceededException');
    expect(kindsOf(world.succeed(id, 'Compile', { outputVariables: { [key]: 'é'.repeat(room / 2) } }))).toContain(
      'actionSucceeded',
    );
  });

  test('too large keys and values in total', () => {
    const outputVariables = { a: 'x'.repeat(61_439), b: 'x'.repeat(61_439), c: '' };
    expect(refusalOf(world.succeed(id, 'Compile', { outputVariables })).refuse).toBe(
      'OutputVariablesSizeExceededException',
    );
  });

  test('an unknown job (behaviour A.6)', () => {
    const decision = jobResult(
      world.snapshot({ executionId: id }),
      { jobId: 'nope', result: failure(), continuationDelayMs: 0 },
      world.clock.moment(),
    );
    expect(refusalOf(decision)).toEqual({
      refuse: 'JobNotFoundException',
      message: "Job with id 'nope' does not exist",
    });
  });
});

describe('the fence of a built-in provider (decision 10)', () => {
  test('the latest delivery is accepted, an earlier one refused', () => {
    const { id: jobId } = world.job(id, 'Compile');
    world.deliver(id, jobId);
    world.deliver(id, jobId);
    expect(refusalOf(world.report(id, jobId, { outcome: 'Succeeded' }, '3'))).toEqual({
      refuse: 'InvalidJobStateException',
      message: `Job with id ${jobId} has been handed to another worker`,
    });
    expect(world.action(id, 'Compile').status).toBe('InProgress');
    expect(kindsOf(world.report(id, jobId, { outcome: 'Succeeded' }, '4'))).toContain('actionSucceeded');
  });

  test('an unknown fence is refused', () => {
    const { id: jobId } = world.job(id, 'Compile');
    world.deliver(id, jobId);
    for (const fence of ['', '2', '4', '03']) {
      expect(refusalOf(world.report(id, jobId, { outcome: 'Succeeded' }, fence)).refuse).toBe(
        'InvalidJobStateException',
      );
    }
  });

  test('without a fence the state of the job decides', () => {
    const { id: jobId } = world.job(id, 'Compile');
    world.deliver(id, jobId);
    world.deliver(id, jobId);
    expect(kindsOf(world.succeed(id, jobId))).toContain('actionSucceeded');
  });
});

test('a report changes only its own execution', () => {
  world = createWorld(twoStages(), { types: [sourceType] });
  const other = world.start();
  const waiting = world.start();
  const before = world.execution(waiting);
  expect(
    changesOf(world.succeed(other, 'Fetch')).every(
      (change) => !('executionId' in change) || change.executionId === other,
    ),
  ).toBe(true);
  expect(before.waitingStage).toBe('Source');
});
