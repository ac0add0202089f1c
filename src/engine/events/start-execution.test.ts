import { describe, expect, test } from 'vitest';
import { changesOf, createHarness, type Harness, kindsOf, refusalOf } from '../../../test/support/engine/harness.ts';
import { declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { type StartRequest, startExecution } from './start-execution.ts';

const variables = [{ name: 'Target' }, { name: 'Colour', defaultValue: 'grey' }, { name: 'Reviewer' }];

function start(harness: Harness, request: Partial<StartRequest> = {}) {
  const { clientRequestToken } = request;
  return harness.advance({ clientRequestToken }, (snapshot, moment) =>
    startExecution(snapshot, { triggerType: 'StartPipelineExecution', ...request }, moment),
  );
}

describe('starting an execution', () => {
  test('waits for the first stage, enters it, and starts every source action (behaviour C.3)', () => {
    const harness = createHarness(
      declare([stage('Source', source('Fetch'), source('Pull', { outputs: ['Data'] })), stage('Build')]),
    );
    const decision = start(harness, { triggerDetail: 'arn:aws:iam::123456789012:user/alice' });
    expect(kindsOf(decision)).toEqual([
      'executionStarted',
      'executionWaiting',
      'stageEntered',
      'actionStarted',
      'jobQueued',
      'actionStarted',
      'jobQueued',
    ]);
    const [execution] = harness.executions();
    expect(decision).toMatchObject({ answer: execution?.id });
    expect(execution).toMatchObject({
      status: 'InProgress',
      pipelineVersion: 1,
      executionMode: 'SUPERSEDED',
      waitingStage: undefined,
      trigger: { triggerType: 'StartPipelineExecution', triggerDetail: 'arn:aws:iam::123456789012:user/alice' },
      stages: [{ stageName: 'Source', status: 'InProgress', isLocking: true, startedAt: harness.clock.at }],
      startedAt: harness.clock.at,
      updatedAt: harness.clock.at,
    });
  });

  test('waits while another execution is in the first stage (behaviour C.2.2)', () => {
    const harness = createHarness(twoStages());
    harness.start();
    const second = harness.start();
    expect(harness.execution(second)).toMatchObject({
      status: 'InProgress',
      waitingStage: 'Source',
      stages: [],
      actions: [],
    });
  });

  test('keeps the version and the mode it started with', () => {
    const harness = createHarness(twoStages({ version: 7 }));
    expect(harness.execution(harness.start()).pipelineVersion).toBe(7);
  });
});

describe('the client request token', () => {
  test('a repeated token returns the first execution and starts nothing (behaviour 0.2)', () => {
    const harness = createHarness(twoStages());
    const first = harness.start({ clientRequestToken: 'once' });
    const again = start(harness, { clientRequestToken: 'once' });
    expect(again).toMatchObject({ changes: [], answer: first });
    expect(harness.executions()).toHaveLength(1);
  });

  test('another token, or none, starts another execution', () => {
    const harness = createHarness(twoStages());
    harness.start({ clientRequestToken: 'once' });
    harness.start({ clientRequestToken: 'twice' });
    harness.start();
    harness.start();
    expect(harness.executions()).toHaveLength(4);
  });

  test('a token also returns an execution that failed at its start', () => {
    const harness = createHarness(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    const first = harness.start({ clientRequestToken: 'once' });
    expect(start(harness, { clientRequestToken: 'once', variables: [{ name: 'Target', value: 'x' }] })).toMatchObject({
      changes: [],
      answer: first,
    });
  });
});

describe('pipeline variables', () => {
  test('a given value overrides the default, and the execution records both (behaviour C.9)', () => {
    const harness = createHarness(twoStages({ pipelineType: 'V2', variables }));
    const given = [
      { name: 'Reviewer', value: 'bob' },
      { name: 'Target', value: 'test' },
    ];
    expect(harness.execution(harness.start({ variables: given })).variables).toEqual([
      { name: 'Target', resolvedValue: 'test' },
      { name: 'Colour', resolvedValue: 'grey' },
      { name: 'Reviewer', resolvedValue: 'bob' },
    ]);
  });

  test('without a required value the execution fails without actions (behaviour C.3)', () => {
    const harness = createHarness(twoStages({ pipelineType: 'V2', variables }));
    const decision = start(harness);
    expect(kindsOf(decision)).toEqual(['executionStarted', 'executionEnded']);
    const [execution] = harness.executions();
    expect(decision).toMatchObject({ answer: execution?.id });
    expect(execution).toMatchObject({
      status: 'Failed',
      statusSummary: "Values for required variables haven't been provided: Target,Reviewer",
      waitingStage: undefined,
      stages: [],
      actions: [],
      jobs: [],
    });
  });

  test('an execution that failed at its start neither holds a stage nor waits for one', () => {
    const harness = createHarness(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    const waiting = [
      harness.start({ variables: [{ name: 'Target', value: 'a' }] }),
      harness.start({ variables: [{ name: 'Target', value: 'b' }] }),
    ];
    harness.start();
    expect(harness.snapshot().occupancy[0]).toMatchObject({
      stageName: 'Source',
      holder: waiting[0],
      waiting: [waiting[1]],
    });
  });

  test('an unknown name is ignored (behaviour C.3)', () => {
    const harness = createHarness(twoStages());
    expect(harness.execution(harness.start({ variables: [{ name: 'Nobody', value: 'x' }] })).variables).toEqual([]);
  });

  test('names are case-sensitive (behaviour C.3)', () => {
    const harness = createHarness(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    const id = harness.start({ variables: [{ name: 'target', value: 'x' }] });
    expect(harness.execution(id).statusSummary).toBe("Values for required variables haven't been provided: Target");
  });

  test('the same name twice is refused, also when the name is unknown (behaviour C.3)', () => {
    const harness = createHarness(twoStages());
    const twice = [
      { name: 'Target', value: 'a' },
      { name: 'Target', value: 'a' },
    ];
    expect(refusalOf(start(harness, { variables: twice }))).toEqual({
      refuse: 'ValidationException',
      message: 'Variable names must be unique. The following variable name is already in use: Target',
    });
    expect(harness.executions()).toEqual([]);
  });

  test('an empty value is a value', () => {
    const harness = createHarness(
      twoStages({ pipelineType: 'V2', variables: [{ name: 'Target', defaultValue: 'x' }] }),
    );
    const id = harness.start({ variables: [{ name: 'Target', value: '' }] });
    expect(harness.execution(id).variables).toEqual([{ name: 'Target', resolvedValue: '' }]);
  });
});

test('a repeated start has no follow-up', () => {
  const harness = createHarness(twoStages());
  harness.start({ clientRequestToken: 'once' });
  expect(changesOf(start(harness, { clientRequestToken: 'once' }))).toEqual([]);
});
