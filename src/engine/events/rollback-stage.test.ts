import { beforeEach, describe, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf, refusalOf } from '../../../test/support/engine/harness.ts';
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

let harness: Harness;
let target: string;

/** Runs an execution through all stages with this tag. */
function pass(tag: string): string {
  const id = harness.start({ variables: [{ name: 'Target', value: `target-${tag}` }] });
  harness.succeed(id, 'Fetch', { currentRevision: { revision: tag, changeIdentifier: 'c' } });
  harness.succeed(id, 'Compile', { outputVariables: { Tag: tag } });
  harness.succeed(id, 'Ship');
  harness.succeed(id, 'Report');
  return id;
}

function rollBack(stageName = 'Deploy', targetExecutionId = target): string {
  const decision = harness.rollBack(stageName, targetExecutionId);
  if ('refuse' in decision) throw new Error(decision.message);
  return decision.answer;
}

beforeEach(() => {
  harness = createHarness(declare(stages, { pipelineType: 'V2', variables }));
  target = pass('v1');
  pass('v2');
});

describe('a rollback (behaviour C.7)', () => {
  test('is a new execution that enters the stage with the inputs that the target had', () => {
    const id = rollBack();
    expect(id).not.toBe(target);
    expect(harness.execution(id)).toMatchObject({
      status: 'InProgress',
      trigger: { triggerType: 'ManualRollback', triggerDetail: '{"AwsUserArn":"arn"}' },
      variables: [{ name: 'Target', resolvedValue: 'target-v1' }],
      revisions: [{ actionName: 'Fetch', revisionId: 'v1' }],
      rollback: { targetExecutionId: target, stageName: 'Deploy' },
      stages: [{ stageName: 'Deploy', isLocking: true }],
    });
    const { start } = harness.action(id, 'Ship');
    expect(start.inputArtifacts).toEqual(harness.action(target, 'Ship').start.inputArtifacts);
    expect(start.resolvedConfiguration).toEqual({ Command: `ship v1 to target-v1 as ${id}` });
  });

  test('ends with its stage: the next one is not entered', () => {
    const id = rollBack();
    expect(kindsOf(harness.succeed(id, 'Ship'))).toEqual([
      'jobEnded',
      'actionSucceeded',
      'stageEnded',
      'executionEnded',
    ]);
    expect(harness.execution(id)).toMatchObject({ status: 'Succeeded', stages: [{ stageName: 'Deploy' }] });
  });

  test('fails with its stage, and can be retried', () => {
    const id = rollBack();
    harness.fail(id, 'Ship');
    expect(harness.execution(id).status).toBe('Failed');
    harness.retry(id, 'Deploy');
    expect(harness.action(id, 'Ship').start.resolvedConfiguration).toMatchObject({
      Command: expect.stringContaining('v1'),
    });
    harness.succeed(id, 'Ship');
    expect(harness.execution(id).status).toBe('Succeeded');
  });

  test('passes a disabled transition and supersedes no waiting execution', () => {
    harness.close('Deploy');
    const waiter = harness.start();
    harness.succeed(waiter, 'Fetch');
    harness.succeed(waiter, 'Compile', { outputVariables: { Tag: 'v3' } });
    const id = rollBack();
    expect(harness.snapshot().occupancy[2]).toMatchObject({ holder: id, waiting: [waiter] });
    harness.open('Deploy');
    harness.succeed(id, 'Ship');
    expect(harness.action(waiter, 'Ship').status).toBe('InProgress');
  });

  test('is a newer execution in the stage, so an earlier failed one cannot be retried', () => {
    const failed = harness.start();
    harness.succeed(failed, 'Fetch');
    harness.succeed(failed, 'Compile', { outputVariables: { Tag: 'v3' } });
    harness.fail(failed, 'Ship');
    rollBack();
    expect(refusalOf(harness.retry(failed, 'Deploy')).refuse).toBe('NotLatestPipelineExecutionException');
  });

  test('uses the latest attempt of a stage that was retried', () => {
    const retried = harness.start();
    harness.succeed(retried, 'Fetch');
    harness.fail(retried, 'Compile');
    harness.retry(retried, 'Build');
    harness.succeed(retried, 'Compile', { outputVariables: { Tag: 'v4' } });
    harness.succeed(retried, 'Ship');
    const { inputArtifacts } = harness.action(rollBack('Deploy', retried), 'Ship').start;
    expect(inputArtifacts).toEqual(harness.action(retried, 'Compile').start.outputArtifacts);
  });
});

describe('refused', () => {
  const unable = (message: string) => ({ refuse: 'UnableToRollbackStageException', message });

  test('an unknown target', () => {
    const request = { stageName: 'Deploy', targetExecutionId: 'nope', callerArn: 'arn' };
    const decision = harness.advance({}, (snapshot, moment) => rollbackStage(snapshot, request, moment));
    expect(refusalOf(decision)).toEqual({
      refuse: 'PipelineExecutionNotFoundException',
      message: "Target Pipeline Execution with id 'nope' does not exist in pipeline with name 'Mill'",
    });
  });

  test('a target of an older version', () => {
    harness.update(harness.declaration());
    expect(refusalOf(harness.rollBack('Deploy', target))).toEqual({
      refuse: 'PipelineExecutionOutdatedException',
      message: "Pipeline 'Mill' has been updated since the rollback request was made.",
    });
  });

  test('a target that never finished the stage, failed in it, or is itself a rollback', () => {
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    harness.fail(id, 'Compile');
    const rollback = rollBack();
    harness.succeed(rollback, 'Ship');
    for (const [stageName, targetId] of [
      ['Build', id],
      ['Deploy', id],
      ['Deploy', rollback],
    ] as const) {
      expect(refusalOf(harness.rollBack(stageName, targetId))).toEqual(
        unable(`Target Pipeline Execution with id '${targetId}' has not completed in stage with name '${stageName}'`),
      );
    }
  });

  test('an occupied stage', () => {
    rollBack();
    const text = "Pipeline 'Mill' cannot start rollback since stage Deploy is in progress.";
    expect(refusalOf(harness.rollBack('Deploy', target))).toEqual(unable(text));
  });

  test('the source stage, and a V1 pipeline', () => {
    expect(refusalOf(harness.rollBack('Source', target)).message).toContain('stage Source is its source stage');
    harness = createHarness(declare(stages, { pipelineType: 'V1' }));
    const id = harness.start();
    expect(refusalOf(harness.rollBack('Deploy', id)).message).toContain('V2 pipelines');
  });
});
