import { describe, expect, test } from 'vitest';
import {
  action,
  approval,
  approvalType,
  catalogue,
  declare,
  source,
  sourceType,
  stage,
  twoStages,
} from '../../../test/support/pipelines/declarations.ts';
import type { StoredAction, StoredDeclaration, StoredStage } from '../../model/pipeline.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { checkStructure } from './structure.ts';

function check(declaration: StoredDeclaration) {
  return checkStructure({
    declaration,
    actionTypes: [...catalogue, approvalType],
    region: 'us-east-1',
    quotas: defaultQuotas,
  });
}

/** Declares `Source` and further stages. */
function withStages(...stages: StoredStage[]) {
  return declare([stage('Source', source()), ...stages]);
}

const build = stage('Build', action('Compile', { inputs: ['Code'] }));

describe('stages (behaviour B.2)', () => {
  test('a valid declaration is accepted', () => {
    expect(check(twoStages())).toBeUndefined();
  });

  test.each<[string, StoredDeclaration, string, string]>([
    [
      'at least 2 stages',
      declare([stage('Source', source())]),
      'InvalidStructureException',
      'Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline',
    ],
    [
      'no stages at all',
      declare([]),
      'InvalidStructureException',
      'Pipeline has only 0 stage(s). There should be a minimum of 2 stages in a pipeline',
    ],
    [
      'at most 50 stages',
      withStages(...Array.from({ length: 50 }, (_, index) => stage(`S${index}`, action('A')))),
      'InvalidStructureException',
      'Pipeline has too many stages. There can only be up to 50 stages in a pipeline',
    ],
    [
      'stage names are unique',
      withStages(build, stage('Build', action('Other'))),
      'InvalidStageDeclarationException',
      "Stage name 'Build' is used more than once",
    ],
    [
      'a stage has actions',
      withStages(stage('Hollow')),
      'InvalidStageDeclarationException',
      "Stage 'Hollow' has no actions",
    ],
    [
      'the first stage holds source actions only',
      declare([stage('Source', source(), action('Compile')), build]),
      'InvalidStructureException',
      'Pipeline should start with a stage that only contains source actions',
    ],
    [
      'the first stage is a source stage',
      declare([build, stage('Deploy', action('Ship'))]),
      'InvalidStructureException',
      'Pipeline should start with a stage that only contains source actions',
    ],
    [
      'source actions are only in the first stage',
      withStages(build, stage('Late', action('Fetch', { type: sourceType, outputs: ['Data'] }))),
      'InvalidStructureException',
      'Source actions can only be included in the first stage of the pipeline',
    ],
  ])('%s', (_name, declaration, refuse, message) => {
    expect(check(declaration)).toEqual({ refuse, message });
  });

  test('50 stages are allowed', () => {
    const stages = Array.from({ length: 49 }, (_, index) => stage(`S${index}`, action('A')));
    expect(check(withStages(...stages))).toBeUndefined();
  });

  test('stage names are case-sensitive', () => {
    expect(check(withStages(build, stage('build', action('Compile'))))).toBeUndefined();
  });
});

describe('unsupported declarations are refused', () => {
  const condition = { conditions: [] };
  const store = { type: 'S3', location: 'artifacts' } as const;
  const acrossRegions = (...actions: StoredAction[]): StoredDeclaration => ({
    ...withStages(stage('Build', ...actions)),
    artifactStore: undefined,
    artifactStores: { 'us-east-1': store, 'eu-west-1': store },
  });
  const window = { category: 'Rule', owner: 'AWS', provider: 'DeploymentWindow', version: '1' } as const;
  const beforeEntryIn = (region: string) => ({
    beforeEntry: { conditions: [{ result: 'FAIL' as const, rules: [{ name: 'Window', ruleTypeId: window, region }] }] },
  });

  test.each<[string, StoredDeclaration, string, string]>([
    [
      'QUEUED needs V2 (behaviour B.4)',
      twoStages({ executionMode: 'QUEUED' }),
      'InvalidStructureException',
      'QUEUED or PARALLEL mode can only be used with V2 pipelines',
    ],
    [
      'PARALLEL needs V2 (behaviour B.4)',
      twoStages({ executionMode: 'PARALLEL' }),
      'InvalidStructureException',
      'QUEUED or PARALLEL mode can only be used with V2 pipelines',
    ],
    [
      'a trigger without a connection (operations 4)',
      twoStages({
        pipelineType: 'V2',
        triggers: [{ providerType: 'CodeStarSourceConnection', gitConfiguration: { sourceActionName: 'Fetch' } }],
      }),
      'InvalidStructureException',
      "Triggers for connections must reference a CodeStarSourceConnection action. Note that when you specify a trigger, you can't specify more than one trigger per source action.",
    ],
    [
      'a rollback on failure in PARALLEL mode (operations 4)',
      {
        ...withStages({ ...build, onFailure: { result: 'ROLLBACK' } }),
        pipelineType: 'V2',
        executionMode: 'PARALLEL',
      },
      'InvalidStageDeclarationException',
      'Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.',
    ],
    [
      'a result and conditions on failure together (operations 4)',
      { ...withStages({ ...build, onFailure: { result: 'FAIL', conditions: [{}] } }), pipelineType: 'V2' },
      'InvalidStageDeclarationException',
      "The following stage cannot have a failure exit gate configured with both top level result and conditions: 'Build'",
    ],
    [
      'triggers need V2 (operations 4)',
      twoStages({
        triggers: [{ providerType: 'CodeStarSourceConnection', gitConfiguration: { sourceActionName: 'Fetch' } }],
      }),
      'InvalidStructureException',
      'Triggers on tag can only be used with V2 pipelines',
    ],
    [
      'conditions need V2 (operations 4)',
      withStages({ ...build, onSuccess: condition }),
      'InvalidStageDeclarationException',
      'Stage level conditions can only be used with V2 pipelines.',
    ],
    [
      'an action of another Region needs artifactStores (operations 4)',
      withStages(stage('Build', action('Compile', { region: 'eu-west-1' }))),
      'ValidationException',
      "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you have an action.",
    ],
    [
      'a custom action of another Region',
      acrossRegions(action('Compile', { region: 'eu-west-1' })),
      'InvalidActionDeclarationException',
      "Action 'Compile' cannot be in region eu-west-1: source actions, and actions with owner ThirdParty or Custom, have to be in the region of the pipeline, us-east-1.",
    ],
    [
      'an action of a Region without an artifact store',
      acrossRegions(approval('Ask', { region: 'ap-south-1' })),
      'ValidationException',
      "Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have an action. The following region is missing in 'pipeline.artifactStores': ap-south-1.",
    ],
    [
      'a rule of a Region without an artifact store',
      {
        ...acrossRegions(approval('Ask')),
        pipelineType: 'V2',
        stages: [
          ...acrossRegions(approval('Ask')).stages.slice(0, 1),
          { ...stage('Build', approval('Ask')), ...beforeEntryIn('ap-south-1') },
        ],
      },
      'ValidationException',
      "Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have an action. The following region is missing in 'pipeline.artifactStores': ap-south-1.",
    ],
    [
      'blockers',
      withStages({ ...build, blockers: [{ name: 'Night', type: 'Schedule' }] }),
      'InvalidBlockerDeclarationException',
      "Stage 'Build' has blockers, which are reserved for future use",
    ],
  ])('%s', (_name, declaration, refuse, message) => {
    expect(check(declaration)).toEqual({ refuse, message });
  });

  test('an action with owner AWS may be in another Region with an artifact store', () => {
    expect(check(acrossRegions(approval('Ask', { region: 'eu-west-1' })))).toBeUndefined();
  });

  test('empty lists are accepted', () => {
    expect(check({ ...withStages({ ...build, blockers: [] }), triggers: [] })).toBeUndefined();
  });
});
