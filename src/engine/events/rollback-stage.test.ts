import { beforeEach, describe, expect, test } from 'vitest';
import { createWorld, kindsOf, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { rollbackStage } from './rollback-stage.ts';

const stages = [
  stage('Source', source('Fetch', { namespace: 'Src' })),
  stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' })),
  stage(
    'Deploy',
    action('Ship', {
      inputs: ['Package'],
      configuration: { Command: 'ship #{Bld.Tag} to #{variables.Target} as #{codepipeline.PipelineExecutionId}' },
    }),
  ),
  stage('After', action('Report')),
];
const variables = [{ name: 'Target', defaultValue: 'prod' }];

let world: World;
let target: string;

/** Runs an execution through all stages with this tag. */
function pass(tag: string): string {
  const id = world.start({ variables: [{ name: 'Target', value: `target-${tag}` }] });
  world.succeed(id, 'Fetch', { currentRevision: { revision: tag, changeIdentifier: 'c' } });
  world.succeed(id, 'Compile', { outputVariables: { Tag: tag } });
  world.succeed(id, 'Ship');
  world.succeed(id, 'Report');
  return id;
}

function rollBack(stageName = 'Deploy', targetExecutionId = target): string {
  const decision = world.rollBack(stageName, targetExecutionId);
  if ('refuse' in decision) throw new Error(decision.message);
  return decision.answer;
}

beforeEach(() => {
  world = createWorld(declare(stages, { pipelineType: 'V2', variables }));
  target = pass('v1');
  pass('v2');
});

describe('a rollback (behaviour C.7)', () => {
  test('is a new execution that enters the stage with the inputs that the target had', () => {
    const id = rollBack();
    expect(id).not.toBe(target);
    expect(world.execution(id)).toMatchObject({
      status: 'InProgress',
      trigger: { triggerType: 'ManualRollback', triggerDetail: '{"AwsUserArn":"arn"}' },
      variables: [{ name: 'Target', resolvedValue: 'target-v1' }],
      revisions: [{ actionName: 'Fetch', revisionId: 'v1' }],
      rollback: { targetExecutionId: target, stageName: 'Deploy' },
      stages: [{ stageName: 'Deploy', isLocking: true }],
    });
    const { start } = world.action(id, 'Ship');
    expect(start.inputArtifacts).toEqual(world.action(target, 'Ship').start.inputArtifacts);
    expect(start.resolvedConfiguration).toEqual({ Command: `ship v1 to target-v1 as ${id}` });
  });

  test('ends with its stage: the next one is not entered', () => {
    const id = rollBack();
    expect(kindsOf(world.succeed(id, 'Ship'))).toEqual(['jobEnded', 'actionSucceeded', 'stageEnded', 'executionEnded']);
    expect(world.execution(id)).toMatchObject({ status: 'Succeeded', stages: [{ stageName: 'Deploy' }] });
  });

  test('fails with its stage, and can be retried', () => {
    const id = rollBack();
    world.fail(id, 'Ship');
    expect(world.execution(id).status).toBe('Failed');
    world.retry(id, 'Deploy');
    expect(world.action(id, 'Ship').start.resolvedConfiguration).toMatchObject({
      Command: expect.stringContaining('v1'),
    });
    world.succeed(id, 'Ship');
    expect(world.execution(id).status).toBe('Succeeded');
  });

  test('passes a disabled transition and supersedes no waiting execution', () => {
    world.close('Deploy');
    const waiter = world.start();
    world.succeed(waiter, 'Fetch');
    world.succeed(waiter, 'Compile', { outputVariables: { Tag: 'v3' } });
    const id = rollBack();
    expect(world.snapshot().occupancy[2]).toMatchObject({ holder: id, waiting: [waiter] });
    world.open('Deploy');
    world.succeed(id, 'Ship');
    expect(world.action(waiter, 'Ship').status).toBe('InProgress');
  });

  test('is a newer execution in the stage, so an earlier failed one cannot be retried', () => {
    const failed = world.start();
    world.succeed(failed, 'Fetch');
    world.succeed(failed, 'Compile', { outputVariables: { Tag: 'v3' } });
    world.fail(failed, 'Ship');
    rollBack();
    expect(refusalOf(world.retry(failed, 'Deploy')).refuse).toBe('NotLatestPipelineExecutionException');
  });

  test('uses the latest attempt of a stage that was retried', () => {
    const retried = world.start();
    world.succeed(retried, 'Fetch');
    world.fail(retried, 'Compile');
    world.retry(retried, 'Build');
    world.succeed(retried, 'Compile', { outputVariables: { Tag: 'v4' } });
    world.succeed(retried, 'Ship');
    const { inputArtifacts } = world.action(rollBack('Deploy', retried), 'Ship').start;
    expect(inputArtifacts).toEqual(world.action(retried, 'Compile').start.outputArtifacts);
  });
});

describe('refused', () => {
  const unable = (message: string) => ({ refuse: 'UnableToRollbackStageException', message });

  test('an unknown target', () => {
    const request = { stageName: 'Deploy', targetExecutionId: 'nope', callerArn: 'arn' };
    const decision = world.advance({}, (snapshot, moment) => rollbackStage(snapshot, request, moment));
    expect(refusalOf(decision)).toEqual({
      refuse: 'PipelineExecutionNotFoundException',
      message: "Target Pipeline Execution with id 'nope' does not exist in pipeline with name 'Mill'",
    });
  });

  test('a target of an older version', () => {
    world.update(world.declaration());
    expect(refusalOf(world.rollBack('Deploy', target))).toEqual({
      refuse: 'PipelineExecutionOutdatedException',
      message: "Pipeline 'Mill' has been updated since the rollback request was made.",
    });
  });

  test('a target that never finished the stage, failed in it, or is itself a rollback', () => {
    const id = world.start();
    world.succeed(id, 'Fetch');
    world.fail(id, 'Compile');
    const rollback = rollBack();
    world.succeed(rollback, 'Ship');
    for (const [stageName, targetId] of [
      ['Build', id],
      ['Deploy', id],
      ['Deploy', rollback],
    ] as const) {
      expect(refusalOf(world.rollBack(stageName, targetId))).toEqual(
        unable(`Target Pipeline Execution with id '${targetId}' has not completed in stage with name '${stageName}'`),
      );
    }
  });

  test('an occupied stage', () => {
    rollBack();
    const text = "Pipeline 'Mill' cannot start rollback since stage Deploy is in progress.";
    expect(refusalOf(world.rollBack('Deploy', target))).toEqual(unable(text));
  });

  test('the source stage, and a V1 pipeline', () => {
    expect(refusalOf(world.rollBack('Source', target)).message).toContain('stage Source is its source stage');
    world = createWorld(declare(stages, { pipelineType: 'V1' }));
    const id = world.start();
    expect(refusalOf(world.rollBack('Deploy', id)).message).toContain('V2 pipelines');
  });
});
