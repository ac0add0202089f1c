import { describe, expect, test } from 'vitest';
import { action, actionType, catalogue, declare, source, sourceType, stage } from '../../test/support/pipelines.ts';
import { createWorld, refusalOf, type World } from '../../test/support/world.ts';
import type { SourceRevisionOverride } from '../contract/generated.ts';
import { putActionRevision } from './put-action-revision.ts';
import { startExecution } from './start-execution.ts';

const s3Type = actionType({ category: 'Source', owner: 'AWS', provider: 'S3', inputs: [0, 0] });
const types = [...catalogue, s3Type];

function open(pipelineType: 'V1' | 'V2' = 'V2'): World {
  const bucket = source('Bucket', { type: s3Type, outputs: ['Data'] });
  const declaration = declare(
    [stage('Source', source(), bucket), stage('Build', action('Compile', { inputs: ['Data'] }))],
    {
      pipelineType,
    },
  );
  return createWorld(declaration, { types });
}

function startWith(world: World, sourceRevisions: SourceRevisionOverride[], clientRequestToken?: string) {
  const request = { triggerType: 'StartPipelineExecution', sourceRevisions, clientRequestToken } as const;
  return world.advance({ clientRequestToken }, (snapshot, moment) =>
    startExecution(snapshot, { ...request, sourceRevisions }, moment),
  );
}

const version = (revisionValue: string, actionName = 'Bucket') =>
  ({ actionName, revisionType: 'S3_OBJECT_VERSION_ID', revisionValue }) as const;
const outputOf = (world: World, id: string, name: string) => world.action(id, name).start.outputArtifacts[0];

describe('an override at the start (behaviour C.10)', () => {
  test('the source is told its version by its output artifact; the others take the newest', () => {
    const world = open();
    const started = startWith(world, [version('v7')]);
    const id = 'answer' in started ? started.answer : '';
    expect(world.execution(id).sourceBindings).toEqual([{ actionName: 'Bucket', revisionId: 'v7' }]);
    expect(outputOf(world, id, 'Bucket')).toMatchObject({ revision: 'v7' });
    expect(outputOf(world, id, 'Fetch')?.revision).toBeUndefined();
  });

  test('a retry takes the same version again', () => {
    const world = open();
    const started = startWith(world, [version('v7')]);
    const id = 'answer' in started ? started.answer : '';
    world.succeed(id, 'Fetch');
    world.fail(id, 'Bucket');
    world.retry(id, 'Source');
    expect(world.action(id, 'Bucket')).toMatchObject({ status: 'InProgress' });
    expect(outputOf(world, id, 'Bucket')).toMatchObject({ revision: 'v7' });
  });

  test.each([
    ['no such action', version('v', 'Nothing'), 'The action name provided in the source revision is not valid.'],
    ['an action that is no source', version('v', 'Compile'), 'The action must be a source action in your pipeline.'],
    ['a commit', { ...version('v'), revisionType: 'COMMIT_ID' }, 'of the type COMMIT_ID are not supported'],
    ['an image', { ...version('v'), revisionType: 'IMAGE_DIGEST' }, 'of the type IMAGE_DIGEST are not supported'],
    ['a key', { ...version('v'), revisionType: 'S3_OBJECT_KEY' }, 'of the type S3_OBJECT_KEY are not supported'],
    ['a source of another kind', version('v', 'Fetch'), 'is not an Amazon S3 source'],
  ] as const)('%s is refused', (_what, override, text) => {
    const world = open();
    expect(refusalOf(startWith(world, [override]))).toMatchObject({
      refuse: 'ValidationException',
      message: expect.stringContaining(text),
    });
    expect(world.executions()).toEqual([]);
  });

  test('two for one source, and any in a V1 pipeline, are refused', () => {
    expect(refusalOf(startWith(open(), [version('a'), version('b')])).message).toContain('more than one');
    expect(refusalOf(startWith(open('V1'), [version('a')])).message).toContain('V2 pipelines');
  });

  test('operations §1: a wrong one is refused before the client request token is looked at', () => {
    const world = open();
    startWith(world, [version('a')], 'once');
    expect(refusalOf(startWith(world, [version('a', 'Nothing')], 'once')).refuse).toBe('ValidationException');
    expect(startWith(world, [version('b')], 'once')).toMatchObject({ changes: [], answer: world.executions()[0]?.id });
  });
});

describe('an announced revision (behaviour A.10)', () => {
  const announce = (world: World, revisionId: string, actionName = 'Bucket') => {
    const revision = { actionName, revisionId };
    const decision = world.advance({ revision }, (snapshot, moment) =>
      putActionRevision(snapshot, { revision, callerArn: 'arn:ann' }, moment),
    );
    if ('refuse' in decision) throw new Error(decision.message);
    return decision.answer;
  };

  test('starts an execution that is bound to it', () => {
    const world = open();
    const { executionId, isNew } = announce(world, 'v7');
    expect(isNew).toBe(true);
    expect(world.execution(executionId)).toMatchObject({
      trigger: { triggerType: 'PutActionRevision', triggerDetail: 'arn:ann' },
      sourceBindings: [{ actionName: 'Bucket', revisionId: 'v7' }],
    });
    expect(outputOf(world, executionId, 'Bucket')).toMatchObject({ revision: 'v7' });
  });

  test('is not new the second time, but starts again', () => {
    const world = open();
    const first = announce(world, 'v7');
    const second = announce(world, 'v7');
    expect(second.isNew).toBe(false);
    expect(second.executionId).not.toBe(first.executionId);
    expect(announce(world, 'v7', 'Fetch').isNew).toBe(true);
  });

  test('is not new when a source has reported it', () => {
    const world = open();
    const id = world.start();
    world.succeed(id, 'Bucket', { currentRevision: { revision: 'v7', changeIdentifier: 'c' } });
    expect(announce(world, 'v7').isNew).toBe(false);
    expect(announce(world, 'v8').isNew).toBe(true);
  });

  test('a custom source hears of it as well', () => {
    const world = open();
    const { executionId } = announce(world, 'abc', 'Fetch');
    expect(world.action(executionId, 'Fetch').start.actionTypeId).toEqual(sourceType.definition.id);
    expect(outputOf(world, executionId, 'Fetch')).toMatchObject({ revision: 'abc' });
  });
});
