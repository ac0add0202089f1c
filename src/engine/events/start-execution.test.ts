import { describe, expect, test } from 'vitest';
import { changesOf, createWorld, kindsOf, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { type StartRequest, startExecution } from './start-execution.ts';

const variables = [{ name: 'Target' }, { name: 'Colour', defaultValue: 'grey' }, { name: 'Reviewer' }];

function start(world: World, request: Partial<StartRequest> = {}) {
  const { clientRequestToken } = request;
  return world.advance({ clientRequestToken }, (snapshot, moment) =>
    startExecution(snapshot, { triggerType: 'StartPipelineExecution', ...request }, moment),
  );
}

describe('starting an execution', () => {
  test('waits for the first stage, enters it, and starts every source action (behaviour C.3)', () => {
    const world = createWorld(
      declare([stage('Source', source('Fetch'), source('Pull', { outputs: ['Data'] })), stage('Build')]),
    );
    const decision = start(world, { triggerDetail: 'arn:aws:iam::123456789012:user/alice' });
    expect(kindsOf(decision)).toEqual([
      'executionStarted',
      'executionWaiting',
      'stageEntered',
      'actionStarted',
      'jobQueued',
      'actionStarted',
      'jobQueued',
    ]);
    const [execution] = world.executions();
    expect(decision).toMatchObject({ answer: execution?.id });
    expect(execution).toMatchObject({
      status: 'InProgress',
      pipelineVersion: 1,
      executionMode: 'SUPERSEDED',
      waitingStage: undefined,
      trigger: { triggerType: 'StartPipelineExecution', triggerDetail: 'arn:aws:iam::123456789012:user/alice' },
      stages: [{ stageName: 'Source', status: 'InProgress', isLocking: true, startedAt: world.clock.at }],
      startedAt: world.clock.at,
      updatedAt: world.clock.at,
    });
  });

  test('waits while another execution is in the first stage (behaviour C.2.2)', () => {
    const world = createWorld(twoStages());
    world.start();
    const second = world.start();
    expect(world.execution(second)).toMatchObject({
      status: 'InProgress',
      waitingStage: 'Source',
      stages: [],
      actions: [],
    });
  });

  test('keeps the version and the mode it started with', () => {
    const world = createWorld(twoStages({ version: 7 }));
    expect(world.execution(world.start()).pipelineVersion).toBe(7);
  });
});

describe('the client request token', () => {
  test('a repeated token returns the first execution and starts nothing (behaviour 0.2)', () => {
    const world = createWorld(twoStages());
    const first = world.start({ clientRequestToken: 'once' });
    const again = start(world, { clientRequestToken: 'once' });
    expect(again).toMatchObject({ changes: [], answer: first });
    expect(world.executions()).toHaveLength(1);
  });

  test('another token, or none, starts another execution', () => {
    const world = createWorld(twoStages());
    world.start({ clientRequestToken: 'once' });
    world.start({ clientRequestToken: 'twice' });
    world.start();
    world.start();
    expect(world.executions()).toHaveLength(4);
  });

  test('a token also returns an execution that failed at its start', () => {
    const world = createWorld(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    const first = world.start({ clientRequestToken: 'once' });
    expect(start(world, { clientRequestToken: 'once', variables: [{ name: 'Target', value: 'x' }] })).toMatchObject({
      changes: [],
      answer: first,
    });
  });
});

describe('pipeline variables', () => {
  test('a given value overrides the default, and the execution records both (behaviour C.9)', () => {
    const world = createWorld(twoStages({ pipelineType: 'V2', variables }));
    const given = [
      { name: 'Reviewer', value: 'bob' },
      { name: 'Target', value: 'test' },
    ];
    expect(world.execution(world.start({ variables: given })).variables).toEqual([
      { name: 'Target', resolvedValue: 'test' },
      { name: 'Colour', resolvedValue: 'grey' },
      { name: 'Reviewer', resolvedValue: 'bob' },
    ]);
  });

  test('without a required value the execution fails without actions (behaviour C.3)', () => {
    const world = createWorld(twoStages({ pipelineType: 'V2', variables }));
    const decision = start(world);
    expect(kindsOf(decision)).toEqual(['executionStarted', 'executionEnded']);
    const [execution] = world.executions();
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
    const world = createWorld(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    const waiting = [
      world.start({ variables: [{ name: 'Target', value: 'a' }] }),
      world.start({ variables: [{ name: 'Target', value: 'b' }] }),
    ];
    world.start();
    expect(world.snapshot().occupancy[0]).toMatchObject({
      stageName: 'Source',
      holder: waiting[0],
      waiting: [waiting[1]],
    });
  });

  test('an unknown name is ignored (behaviour C.3)', () => {
    const world = createWorld(twoStages());
    expect(world.execution(world.start({ variables: [{ name: 'Nobody', value: 'x' }] })).variables).toEqual([]);
  });

  test('names are case-sensitive (behaviour C.3)', () => {
    const world = createWorld(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    const id = world.start({ variables: [{ name: 'target', value: 'x' }] });
    expect(world.execution(id).statusSummary).toBe("Values for required variables haven't been provided: Target");
  });

  test('the same name twice is refused, also when the name is unknown (behaviour C.3)', () => {
    const world = createWorld(twoStages());
    const twice = [
      { name: 'Target', value: 'a' },
      { name: 'Target', value: 'a' },
    ];
    expect(refusalOf(start(world, { variables: twice }))).toEqual({
      refuse: 'ValidationException',
      message: 'Variable names must be unique. The following variable name is already in use: Target',
    });
    expect(world.executions()).toEqual([]);
  });

  test('an empty value is a value', () => {
    const world = createWorld(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target', defaultValue: 'x' }] }));
    const id = world.start({ variables: [{ name: 'Target', value: '' }] });
    expect(world.execution(id).variables).toEqual([{ name: 'Target', resolvedValue: '' }]);
  });
});

test('a repeated start has no follow-up', () => {
  const world = createWorld(twoStages());
  world.start({ clientRequestToken: 'once' });
  expect(changesOf(start(world, { clientRequestToken: 'once' }))).toEqual([]);
});
