import { describe, expect, test } from 'vitest';
import { createHarness, type Harness, refusalOf } from '../../../test/support/engine/harness.ts';
import {
  action,
  actionType,
  catalogue,
  declare,
  source,
  sourceType,
  stage,
} from '../../../test/support/pipelines/declarations.ts';
import type { SourceRevisionOverride } from '../../contract/generated.ts';
import type { ActionTypeAttributes } from '../../model/action-type.ts';
import { putActionRevision } from './put-action-revision.ts';
import { startExecution } from './start-execution.ts';

const awsSource = (provider: string, overrides: ActionTypeAttributes['overrides']) =>
  actionType({ category: 'Source', owner: 'AWS', provider, inputs: [0, 0], attributes: { overrides } });
const s3Type = awsSource('S3', {
  S3_OBJECT_VERSION_ID: 'revision',
  S3_OBJECT_KEY: { property: 'S3ObjectKey', allowedBy: 'AllowOverrideForS3ObjectKey' },
});
const commitType = awsSource('CodeCommit', { COMMIT_ID: 'revision' });
const connectionType = awsSource('CodeStarSourceConnection', { COMMIT_ID: 'revision' });
const imageType = { ...awsSource('ECR', { IMAGE_DIGEST: 'revision' }), lacksProvider: true as const };
const types = [...catalogue, s3Type, commitType, connectionType, imageType];

function open(pipelineType: 'V1' | 'V2' = 'V2'): Harness {
  const configuration = { S3Bucket: 'depot', S3ObjectKey: 'app.zip', AllowOverrideForS3ObjectKey: 'true' };
  const bucket = source('Bucket', { type: s3Type, outputs: ['Data'], configuration });
  const declaration = declare(
    [stage('Source', source(), bucket), stage('Build', action('Compile', { inputs: ['Data'] }))],
    {
      pipelineType,
    },
  );
  return createHarness(declaration, { types });
}

/** Sets up a pipeline whose only source has this type. */
function openWith(type: typeof s3Type, configuration: Record<string, string> = {}): Harness {
  const only = source('Only', { type, outputs: ['Data'], configuration });
  return createHarness(declare([stage('Source', only), stage('Build', action('Compile'))], { pipelineType: 'V2' }), {
    types,
  });
}

function startWith(harness: Harness, sourceRevisions: SourceRevisionOverride[], clientRequestToken?: string) {
  const request = { triggerType: 'StartPipelineExecution', sourceRevisions, clientRequestToken } as const;
  return harness.advance({ clientRequestToken }, (snapshot, moment) =>
    startExecution(snapshot, { ...request, sourceRevisions }, moment),
  );
}

const version = (revisionValue: string, actionName = 'Bucket') =>
  ({ actionName, revisionType: 'S3_OBJECT_VERSION_ID', revisionValue }) as const;
const key = (revisionValue: string, actionName = 'Bucket') =>
  ({ actionName, revisionType: 'S3_OBJECT_KEY', revisionValue }) as const;
const idOf = (started: ReturnType<typeof startWith>) => ('answer' in started ? started.answer : '');
const outputOf = (harness: Harness, id: string, name: string) => harness.action(id, name).start.outputArtifacts[0];

describe('an override at the start (behaviour C.10)', () => {
  test('the source gets its version in the output artifact; others use the newest', () => {
    const harness = open();
    const started = startWith(harness, [version('v7')]);
    const id = 'answer' in started ? started.answer : '';
    expect(harness.execution(id).sourceBindings).toEqual([{ actionName: 'Bucket', revisionId: 'v7' }]);
    expect(outputOf(harness, id, 'Bucket')).toMatchObject({ revision: 'v7' });
    expect(outputOf(harness, id, 'Fetch')?.revision).toBeUndefined();
  });

  test('a retry uses the same version', () => {
    const harness = open();
    const started = startWith(harness, [version('v7')]);
    const id = 'answer' in started ? started.answer : '';
    harness.succeed(id, 'Fetch');
    harness.fail(id, 'Bucket');
    harness.retry(id, 'Source');
    expect(harness.action(id, 'Bucket')).toMatchObject({ status: 'InProgress' });
    expect(outputOf(harness, id, 'Bucket')).toMatchObject({ revision: 'v7' });
  });

  test('another object key is in the resolved configuration of every attempt', () => {
    const harness = open();
    const id = idOf(startWith(harness, [key('branch/app.zip')]));
    const taken = { S3Bucket: 'depot', S3ObjectKey: 'branch/app.zip', AllowOverrideForS3ObjectKey: 'true' };
    expect(harness.action(id, 'Bucket').start).toMatchObject({
      configuration: { S3ObjectKey: 'app.zip' },
      resolvedConfiguration: taken,
    });
    expect(outputOf(harness, id, 'Bucket')?.revision).toBeUndefined();
    harness.succeed(id, 'Fetch');
    harness.fail(id, 'Bucket');
    harness.retry(id, 'Source');
    expect(harness.action(id, 'Bucket').start).toMatchObject({ resolvedConfiguration: taken });
  });

  test('a key and a version can be combined, in either order', () => {
    for (const overrides of [
      [key('k'), version('v')],
      [version('v'), key('k')],
    ]) {
      const harness = open();
      const id = idOf(startWith(harness, overrides));
      expect(harness.action(id, 'Bucket').start).toMatchObject({
        resolvedConfiguration: { S3ObjectKey: 'k' },
        outputArtifacts: [{ revision: 'v' }],
      });
    }
  });

  test.each([
    ['is not allowed', { S3ObjectKey: 'app.zip' }],
    ['is forbidden', { S3ObjectKey: 'app.zip', AllowOverrideForS3ObjectKey: 'false' }],
  ])('another key is refused if that %s', (_what, configuration) => {
    expect(refusalOf(startWith(openWith(s3Type, configuration), [key('k', 'Only')]))).toEqual({
      refuse: 'ValidationException',
      message:
        "The source action 'Only' cannot have a source revision override of the type S3_OBJECT_KEY: its configuration does not set AllowOverrideForS3ObjectKey to true.",
    });
  });

  test.each([
    ['COMMIT_ID', commitType],
    ['COMMIT_ID', connectionType],
    ['IMAGE_DIGEST', imageType],
  ] as const)('%s is accepted for this source', (revisionType, type) => {
    const harness = openWith(type);
    const id = idOf(startWith(harness, [{ actionName: 'Only', revisionType, revisionValue: 'abc' }]));
    expect(harness.execution(id).sourceBindings).toEqual([{ actionName: 'Only', revisionId: 'abc' }]);
    expect(outputOf(harness, id, 'Only')).toMatchObject({ revision: 'abc' });
    expect(harness.action(id, 'Only').status).toBe(type.lacksProvider ? 'Failed' : 'InProgress');
  });

  test.each([
    ['no such action', version('v', 'Nothing'), 'The action name provided in the source revision is not valid.'],
    ['an action that is not a source', version('v', 'Compile'), 'The action must be a source action in your pipeline.'],
    [
      'a commit of a bucket',
      { ...version('v'), revisionType: 'COMMIT_ID' },
      "The source action 'Bucket' (Owner: 'AWS', Provider: 'S3') cannot have a source revision override of the type COMMIT_ID.",
    ],
    ['an image of a bucket', { ...version('v'), revisionType: 'IMAGE_DIGEST' }, 'of the type IMAGE_DIGEST.'],
    ['a version of another source', version('v', 'Fetch'), 'of the type S3_OBJECT_VERSION_ID.'],
    ['a key of another source', key('k', 'Fetch'), 'of the type S3_OBJECT_KEY.'],
  ] as const)('%s is refused', (_what, override, text) => {
    const harness = open();
    expect(refusalOf(startWith(harness, [override]))).toMatchObject({
      refuse: 'ValidationException',
      message: expect.stringContaining(text),
    });
    expect(harness.executions()).toEqual([]);
  });

  test('two of a kind for one source, or any in a V1 pipeline, are refused', () => {
    expect(refusalOf(startWith(open(), [version('a'), version('b')])).message).toContain('more than one');
    expect(refusalOf(startWith(open(), [key('a'), version('b'), key('c')])).message).toContain('more than one');
    expect(refusalOf(startWith(open('V1'), [version('a')])).message).toContain('V2 pipelines');
  });

  test('an invalid one is refused before the client request token is checked (operations 1)', () => {
    const harness = open();
    startWith(harness, [version('a')], 'once');
    expect(refusalOf(startWith(harness, [version('a', 'Nothing')], 'once')).refuse).toBe('ValidationException');
    expect(startWith(harness, [version('b')], 'once')).toMatchObject({
      changes: [],
      answer: harness.executions()[0]?.id,
    });
  });
});

describe('an announced revision (behaviour A.10)', () => {
  const announce = (harness: Harness, revisionId: string, actionName = 'Bucket') => {
    const revision = { actionName, revisionId };
    const decision = harness.advance({ revision }, (snapshot, moment) =>
      putActionRevision(snapshot, { revision, callerArn: 'arn:ann' }, moment),
    );
    if ('refuse' in decision) throw new Error(decision.message);
    return decision.answer;
  };

  test('starts an execution that is bound to it', () => {
    const harness = open();
    const { executionId, isNew } = announce(harness, 'v7');
    expect(isNew).toBe(true);
    expect(harness.execution(executionId)).toMatchObject({
      trigger: { triggerType: 'PutActionRevision', triggerDetail: 'arn:ann' },
      sourceBindings: [{ actionName: 'Bucket', revisionId: 'v7' }],
    });
    expect(outputOf(harness, executionId, 'Bucket')).toMatchObject({ revision: 'v7' });
  });

  test('is not new the second time, but starts an execution again', () => {
    const harness = open();
    const first = announce(harness, 'v7');
    const second = announce(harness, 'v7');
    expect(second.isNew).toBe(false);
    expect(second.executionId).not.toBe(first.executionId);
    expect(announce(harness, 'v7', 'Fetch').isNew).toBe(true);
  });

  test('is not new if a source has reported it', () => {
    const harness = open();
    const id = harness.start();
    harness.succeed(id, 'Bucket', { currentRevision: { revision: 'v7', changeIdentifier: 'c' } });
    expect(announce(harness, 'v7').isNew).toBe(false);
    expect(announce(harness, 'v8').isNew).toBe(true);
  });

  test('custom sources can be bound to it', () => {
    const harness = open();
    const { executionId } = announce(harness, 'abc', 'Fetch');
    expect(harness.action(executionId, 'Fetch').start.actionTypeId).toEqual(sourceType.definition.id);
    expect(outputOf(harness, executionId, 'Fetch')).toMatchObject({ revision: 'abc' });
  });
});
