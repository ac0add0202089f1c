import { describe, expect, test } from 'vitest';
import { createHarness, type Harness } from '../../../test/support/engine/harness.ts';
import {
  action,
  actionType,
  buildType,
  declare,
  laneType,
  roleArn,
  source,
  sourceType,
  stage,
  twoStages,
} from '../../../test/support/pipelines/declarations.ts';
import { customActionTimeoutMs } from '../../model/job.ts';
import type { StoredAction } from '../../model/pipeline.ts';

/** Sets up an execution in which `subject` has just started or failed to. */
function reach(
  subject: StoredAction,
  parts: Parameters<typeof createHarness>[1] = {},
  fetched = {},
): { harness: Harness; id: string } {
  const harness = createHarness(
    declare([stage('Source', source('Fetch', { namespace: 'Src' })), stage('Build', subject)]),
    parts,
  );
  const id = harness.start();
  harness.succeed(id, 'Fetch', fetched);
  return { harness, id };
}

function failureOf({ harness, id }: { harness: Harness; id: string }, name = 'Compile') {
  const { status, error } = harness.action(id, name);
  return { status, error, jobs: harness.execution(id).jobs.length, execution: harness.execution(id).status };
}

describe('the job of a started action', () => {
  test('is queued in the queue of its type, account and region (behaviour A.1)', () => {
    const { harness, id } = reach(action('Compile'));
    expect(harness.job(id, 'Compile')).toMatchObject({
      actionExecutionId: harness.action(id, 'Compile').id,
      status: 'Queued',
      queue: '123456789012/us-east-1/Build/Custom/Bench/1',
      queryValue: '',
      deliveries: 0,
      offerAt: harness.clock.at,
      createdAt: harness.clock.at,
    });
  });

  test('the deadline is the time-out of its type, 24 h for a custom one (behaviour A.8)', () => {
    const { harness, id } = reach(action('Compile'));
    expect(harness.job(id, 'Compile').deadlineAt).toBe(harness.clock.at + customActionTimeoutMs);
    const quick = actionType({ provider: 'Quick', timeoutMs: 5000 });
    const other = reach(action('Compile', { type: quick }), { types: [sourceType, quick] });
    expect(other.harness.job(other.id, 'Compile').deadlineAt).toBe(other.harness.clock.at + 5000);
  });

  test('with owner AWS it is in a queue of all accounts', () => {
    const builtIn = actionType({ category: 'Deploy', owner: 'AWS', provider: 'S3' });
    const { harness, id } = reach(action('Ship', { type: builtIn }), { types: [sourceType, builtIn] });
    expect(harness.job(id, 'Ship').queue).toBe('Deploy/AWS/S3/1');
  });

  test('with owner ThirdParty it is in a queue of the region, selected by account (behaviour A.9)', () => {
    const properties = [{ name: 'Lane', required: true, queryable: true }];
    const type = actionType({ owner: 'ThirdParty', provider: 'Acme', properties });
    const subject = action('Compile', { type, configuration: { Lane: 'a' } });
    const { harness, id } = reach(subject, { types: [sourceType, type] });
    expect(harness.job(id, 'Compile')).toMatchObject({
      queue: 'us-east-1/Build/ThirdParty/Acme/1',
      queryValue: '123456789012',
    });
  });

  test('the query value is the resolved value of the queryable property (behaviour A.2.4)', () => {
    const subject = action('Ship', { type: laneType, configuration: { Lane: 'lane-#{Src.Number}' } });
    const { harness, id } = reach(subject, {}, { outputVariables: { Number: '7' } });
    expect(harness.job(id, 'Ship').queryValue).toBe('lane-7');
  });
});

describe('a started action', () => {
  test("has its type, run order, namespace, region and its own or the pipeline's role", () => {
    const own = 'arn:aws:iam::123456789012:role/Own';
    const plain = reach(action('Compile', { runOrder: 3, namespace: 'Bld', region: 'us-east-1' }));
    expect(plain.harness.action(plain.id, 'Compile').start).toMatchObject({
      actionTypeId: buildType.definition.id,
      runOrder: 3,
      namespace: 'Bld',
      region: 'us-east-1',
      roleArn,
    });
    const owned = reach(action('Compile', { roleArn: own }));
    expect(owned.harness.action(owned.id, 'Compile').start.roleArn).toBe(own);
  });

  test('an output gets the bucket of the store and a key of 20, 10 and 7 characters (behaviour C.15)', () => {
    const name = 'APipelineWithAVeryLongName';
    const harness = createHarness(
      declare([stage('Source', source('Fetch', { outputs: ['SourceArtifactOne'] }))], {
        name,
        artifactStore: { type: 'S3', location: 'bucket-1', encryptionKey: { id: 'key-1', type: 'KMS' } },
      }),
    );
    const { start } = harness.action(harness.start(), 'Fetch');
    expect(start.outputArtifacts).toEqual([
      { name: 'SourceArtifactOne', bucketName: 'bucket-1', objectKey: 'APipelineWithAVeryLo/SourceArti/k000001' },
    ]);
    expect(start.encryptionKey).toEqual({ id: 'key-1', type: 'KMS' });
  });

  test('with artifactStores the store of the region is used', () => {
    const artifactStores = {
      'eu-west-1': { type: 'S3', location: 'there' },
      'us-east-1': { type: 'S3', location: 'here' },
    } as const;
    const harness = createHarness(twoStages({ artifactStore: undefined, artifactStores }));
    expect(harness.action(harness.start(), 'Fetch').start.outputArtifacts[0]?.bucketName).toBe('here');
  });

  test('each execution writes to its own object keys', () => {
    const harness = createHarness(twoStages());
    const ids = [harness.start(), harness.start()];
    harness.succeed(ids[0] ?? '', 'Fetch');
    const keys = ids.map((id) => harness.action(id, 'Fetch').start.outputArtifacts[0]?.objectKey);
    expect(new Set(keys).size).toBe(2);
  });
});

describe('artifacts', () => {
  const currentRevision = { revision: 'abc', changeIdentifier: 'c' };

  test('an input has the location of its producer and the source revision (behaviour A.2.7)', () => {
    const { harness, id } = reach(
      action('Compile', { inputs: ['Code'], outputs: ['Package'] }),
      {},
      { currentRevision },
    );
    const [produced] = harness.action(id, 'Fetch').start.outputArtifacts;
    expect(harness.action(id, 'Compile').start.inputArtifacts).toEqual([{ ...produced, revision: 'abc' }]);
    expect(harness.action(id, 'Compile').start.outputArtifacts[0]).not.toHaveProperty('revision');
  });

  test('the output of a build has the revision that the build reported', () => {
    const harness = createHarness(
      declare([
        stage('Source', source()),
        stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'] })),
        stage('Deploy', action('Ship', { inputs: ['Package', 'Code'] })),
      ]),
    );
    const id = harness.start();
    harness.succeed(id, 'Fetch', { currentRevision });
    harness.succeed(id, 'Compile', { currentRevision: { revision: 'zzz', changeIdentifier: 'z' } });
    expect(harness.action(id, 'Ship').start.inputArtifacts.map(({ name, revision }) => ({ name, revision }))).toEqual([
      { name: 'Package', revision: 'zzz' },
      { name: 'Code', revision: 'abc' },
    ]);
  });

  test('an input can come from a lower run order of the same stage', () => {
    const harness = createHarness(
      declare([
        stage('Source', source()),
        stage(
          'Build',
          action('Compile', { outputs: ['Package'] }),
          action('Check', { runOrder: 2, inputs: ['Package'] }),
        ),
      ]),
    );
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    harness.succeed(id, 'Compile');
    expect(harness.action(id, 'Check').start.inputArtifacts).toEqual(
      harness.action(id, 'Compile').start.outputArtifacts,
    );
  });

  test('a missing input fails the action with a ConfigurationError and queues no job', () => {
    expect(failureOf(reach(action('Compile', { inputs: ['Code', 'Nothing', 'Void'] })))).toEqual({
      status: 'Failed',
      error: {
        code: 'ConfigurationError',
        message: 'The following input artifacts have not been produced: Nothing, Void',
      },
      jobs: 1,
      execution: 'Failed',
    });
  });
});

describe('an action that cannot start', () => {
  test('an unresolved variable fails the action with a ConfigurationError (behaviour C.9)', () => {
    const configuration = { Command: '#{Src.Gone} #{Other.Value} #{Src.Number}' };
    const reached = reach(action('Compile', { configuration }), {}, { outputVariables: { Number: '7' } });
    expect(failureOf(reached)).toEqual({
      status: 'Failed',
      error: {
        code: 'ConfigurationError',
        message: 'The following variables could not be resolved: #{Src.Gone}, #{Other.Value}',
      },
      jobs: 1,
      execution: 'Failed',
    });
  });

  test('a deleted action type', () => {
    expect(failureOf(reach(action('Compile'), { types: [sourceType] })).error).toEqual({
      code: 'ConfigurationError',
      message: "ActionType (Category: 'Build', Owner: 'Custom', Provider: 'Bench', Version: '1') is not available",
    });
  });

  test('a resolved configuration can have 100 KB and not one character more (behaviour B.6)', () => {
    const configuration = { Command: '#{Src.Text}' };
    const atLimit = 'x'.repeat(100 * 1024 - 'Command'.length);
    const fits = reach(action('Compile', { configuration }), {}, { outputVariables: { Text: atLimit } });
    expect(fits.harness.action(fits.id, 'Compile').status).toBe('InProgress');
    const over = reach(action('Compile', { configuration }), {}, { outputVariables: { Text: `${atLimit}x` } });
    expect(failureOf(over).error).toEqual({
      code: 'ConfigurationError',
      message: 'The resolved configuration is larger than 102400 characters.',
    });
  });

  test('its siblings of the same run order still start, and the stage fails after them', () => {
    const harness = createHarness(
      declare([stage('Source', source()), stage('Build', action('Bad', { inputs: ['Nothing'] }), action('Good'))]),
    );
    const id = harness.start();
    harness.succeed(id, 'Fetch');
    expect(harness.execution(id)).toMatchObject({
      status: 'InProgress',
      actions: [{}, { status: 'Failed' }, { status: 'InProgress' }],
    });
    harness.succeed(id, 'Good');
    expect(harness.execution(id).status).toBe('Failed');
  });
});
