import { describe, expect, test } from 'vitest';
import {
  action,
  actionType,
  catalogue,
  declare,
  laneType,
  roleArn,
  source,
  stage,
} from '../../../test/support/pipelines/declarations.ts';
import type { CataloguedActionType } from '../../model/action-type.ts';
import type { StoredAction } from '../../model/pipeline.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { checkStructure } from './structure.ts';

const builtIn = actionType({
  category: 'Deploy',
  owner: 'AWS',
  provider: 'S3',
  version: '1',
  inputs: [1, 1],
  outputs: [0, 0],
});
const strict = actionType({
  provider: 'Strict',
  inputs: [1, 2],
  outputs: [1, 2],
  properties: [{ name: 'constructor', required: true }, { name: 'Note' }],
});

function check(actions: StoredAction[], types: CataloguedActionType[] = []) {
  const declaration = declare([
    stage('Source', source('Fetch', { outputs: ['Code', 'Data', 'Docs'] })),
    stage('Build', ...actions),
  ]);
  return checkStructure({
    declaration,
    actionTypes: [...catalogue, builtIn, strict, ...types],
    region: 'us-east-1',
    quotas: defaultQuotas,
  });
}

const strictAction = (parts: Parameters<typeof action>[1] = {}) =>
  action('A', { type: strict, inputs: ['Code'], outputs: ['Package'], configuration: { constructor: 'x' }, ...parts });

const lane = (value: string) => action('Ship', { type: laneType, configuration: { Lane: value } });

const laneText =
  "The value of the queryable configuration property 'Lane' of action 'Ship' must have 1 to 20 characters of [A-Za-z0-9_-].";

const noCommands =
  'The following action cannot contain a commands field: A. To use the commands field, use a compute action.';

describe('actions (behaviour B.2)', () => {
  test.each<[string, StoredAction[], string]>([
    [
      'names are unique in their stage',
      [action('A'), action('A')],
      "Action name 'A' is used more than once in stage 'Build'",
    ],
    [
      'the type exists; the Region is written like a constant',
      [action('A', { type: actionType({ provider: 'Nobody', version: '9' }) })],
      "ActionType (Category: 'Build', Provider: 'Nobody', Owner: 'Custom', Version: '9') in action 'A' is not available in region 'US_EAST_1'",
    ],
    [
      'the version is part of the type',
      [action('A', { type: actionType({ version: '2' }) })],
      "ActionType (Category: 'Build', Provider: 'Bench', Owner: 'Custom', Version: '2') in action 'A' is not available in region 'US_EAST_1'",
    ],
    [
      'too few inputs',
      [strictAction({ inputs: [] })],
      'Action A declares 0 input artifacts which is less than the minimum count (1)',
    ],
    [
      'too many inputs',
      [strictAction({ inputs: ['Code', 'Data', 'Docs'] })],
      'Action A declares 3 input artifacts which is more than the maximum count (2)',
    ],
    [
      'too few outputs',
      [strictAction({ outputs: [] })],
      'Action A declares 0 output artifacts which is less than the minimum count (1)',
    ],
    [
      'too many outputs',
      [strictAction({ outputs: ['X', 'Y', 'Z'] })],
      'Action A declares 3 output artifacts which is more than the maximum count (2)',
    ],
    [
      'required configuration exists, with any name',
      [strictAction({ configuration: {} })],
      "Action configuration for action 'A' is missing required configuration 'constructor'",
    ],
    [
      'no unknown configuration',
      [strictAction({ configuration: { constructor: 'x', Extra: 'y' } })],
      "Action configuration for action 'A' contains unknown configuration 'Extra'",
    ],
    [
      'configuration keys are case-sensitive',
      [strictAction({ configuration: { constructor: 'x', note: 'y' } })],
      "Action configuration for action 'A' contains unknown configuration 'note'",
    ],
    ['a queryable value has at most 20 characters', [lane('x'.repeat(21))], laneText],
    ['a queryable value has no other characters', [lane('a b')], laneText],
    [
      'timeoutInMinutes is for approvals',
      [action('A', { timeoutInMinutes: 5 })],
      "Action 'A' cannot have timeoutInMinutes: only manual approval actions may carry it.",
    ],
    ['commands are for Commands', [action('A', { commands: ['make'] })], noCommands],
    ...[{ outputVariables: ['X'] }, { environmentVariables: [{ name: 'X', value: 'y' }] }].map(
      (members): [string, StoredAction[], string] => [
        `${Object.keys(members)[0]} is for Commands`,
        [action('A', members)],
        "Action 'A' cannot have outputVariables or environmentVariables: its action type does not use them.",
      ],
    ),
    [
      'files of outputs are for Commands',
      [{ ...action('A'), outputArtifacts: [{ name: 'X', files: ['a'] }] }],
      noCommands,
    ],
    [
      'a roleArn is for owner AWS',
      [action('A', { roleArn })],
      "Action 'A' cannot have a roleArn: only actions with owner AWS may carry one.",
    ],
  ])('%s', (_name, actions, message) => {
    expect(check(actions)).toEqual({ refuse: 'InvalidActionDeclarationException', message });
  });

  test.each<[string, StoredAction]>([
    ['counts at the lower bound', strictAction()],
    ['counts at the upper bound', strictAction({ inputs: ['Code', 'Data'], outputs: ['X', 'Y'] })],
    ['optional configuration', strictAction({ configuration: { constructor: 'x', Note: 'n' } })],
    ['a sealed value counts as given', strictAction({ configuration: { constructor: { sealed: 'abc' } } })],
    ['a queryable value of 20 characters', lane('abcdefghijABCDEF-_09')],
    [
      'a queryable value that is known when the action starts',
      lane('#{codepipeline.PipelineExecutionId} and more text'),
    ],
    ['the Region of the pipeline', action('A', { region: 'us-east-1' })],
    ['a roleArn with owner AWS', action('A', { type: builtIn, inputs: ['Code'], roleArn })],
  ])('allowed: %s', (_name, allowed) => {
    expect(check([allowed])).toBeUndefined();
  });

  test('the same name may be used in two stages', () => {
    expect(check([action('Fetch')])).toBeUndefined();
  });
});

describe('quotas (behaviour B.2, B.6)', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => action(`A${index}`));

  test('50 actions in a stage, not 51', () => {
    expect(check(many(50))).toBeUndefined();
    expect(check(many(51))).toEqual({
      refuse: 'InvalidStageDeclarationException',
      message: "Stage 'Build' has more than 50 actions",
    });
  });

  test('1000 actions in a pipeline, not 1001', () => {
    const declaration = (last: number) =>
      declare([
        stage('Source', source()),
        ...Array.from({ length: 19 }, (_, index) => stage(`S${index}`, ...many(50))),
        stage('Last', ...many(last)),
      ]);
    const input = { actionTypes: catalogue, region: 'us-east-1' };
    expect(checkStructure({ ...input, declaration: declaration(49), quotas: defaultQuotas })).toBeUndefined();
    expect(checkStructure({ ...input, declaration: declaration(50), quotas: defaultQuotas })).toEqual({
      refuse: 'InvalidStructureException',
      message: 'Pipeline has more than 1000 actions',
    });
  });
});
