import { describe, expect, test } from 'vitest';
import { action, actionType, catalogue, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { checkStructure } from './structure.ts';

const talkative = actionType({
  category: 'Source',
  provider: 'Talkative',
  inputs: [0, 0],
  properties: [{ name: 'Branch' }],
});

function check(
  actions: StoredAction[],
  members: Partial<StoredDeclaration> = {},
  sources = [source('Fetch', { namespace: 'Src' })],
) {
  const declaration = declare([stage('Source', ...sources), stage('Build', ...actions)], members);
  return checkStructure({
    declaration,
    actionTypes: [...catalogue, talkative],
    region: 'us-east-1',
    quotas: defaultQuotas,
  });
}

const v2 = (...names: string[]): Partial<StoredDeclaration> => ({
  pipelineType: 'V2',
  variables: names.map((name) => ({ name })),
});
const use = (command: string, parts: Parameters<typeof action>[1] = {}) =>
  action('Use', { configuration: { Command: command }, ...parts });
const where = (reference: string) =>
  `StageName=[Build], ActionName=[Use], ActionConfigurationKey=[Command], VariableReferenceText=[${reference}]`;
const unknownNamespace = (reference: string) => ({
  refuse: 'InvalidActionDeclarationException',
  message: `Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables are referencing a namespace that does not exist.\n${where(reference)}`,
});

describe('pipeline variables (behaviour B.2)', () => {
  test('need a V2 pipeline', () => {
    expect(check([action('A')], { variables: [{ name: 'X' }] })).toEqual({
      refuse: 'InvalidStructureException',
      message: 'Pipeline variable can only be used with V2 pipelines',
    });
    expect(check([action('A')], { variables: [] })).toBeUndefined();
  });

  test('have unique names, case-sensitive', () => {
    expect(check([action('A')], v2('X', 'Y', 'X'))).toEqual({
      refuse: 'InvalidStructureException',
      message: 'Variable names must be unique. The following variable name is already in use: X',
    });
    expect(check([action('A')], v2('X', 'x'))).toBeUndefined();
  });

  test('must be declared to be referred to', () => {
    expect(check([use('#{variables.Y}')], v2('X'))).toEqual({
      refuse: 'InvalidStructureException',
      message: `The referenced variables haven't been declared.\n${where('variables.Y')}`,
    });
    expect(check([use('#{variables.X}')], v2('X'))).toBeUndefined();
  });

  test('cannot be used in source actions', () => {
    const fetch = source('Fetch', { type: talkative, configuration: { Branch: '#{variables.X}' } });
    expect(check([action('A')], v2('X'), [fetch])).toEqual({
      refuse: 'InvalidStructureException',
      message:
        'Variables at the pipeline level cannot be used in source actions.\nStageName=[Source], ActionName=[Fetch], ActionConfigurationKey=[Branch], VariableReferenceText=[variables.X]',
    });
  });

  test('without any, variables is an ordinary namespace', () => {
    expect(check([use('#{variables.X}')])).toEqual(unknownNamespace('variables.X'));
    expect(check([action('A', { namespace: 'variables' }), use('#{variables.X}', { runOrder: 2 })])).toBeUndefined();
  });
});

describe('namespaces (behaviour B.2)', () => {
  const reserved = {
    refuse: 'InvalidStructureException',
    message:
      'One or more of the chosen namespaces is reserved. Note that there is a namespace for variables at the pipeline level.\n',
  };

  test('are unique in the pipeline', () => {
    expect(check([action('A', { namespace: 'Src' })])).toEqual({
      refuse: 'InvalidActionDeclarationException',
      message:
        'Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline.\nStageName=[Source], ActionName=[Fetch], Namespace=[Src]\nStageName=[Build], ActionName=[A], Namespace=[Src]',
    });
  });

  test('are not codepipeline', () => {
    expect(check([action('A', { namespace: 'codepipeline' })])).toEqual(reserved);
  });

  test('are not variables when pipeline variables are declared', () => {
    expect(check([action('A', { namespace: 'variables' })], v2('X'))).toEqual(reserved);
    expect(check([action('A', { namespace: 'variables' })])).toBeUndefined();
  });

  test('differ from artifact names', () => {
    expect(check([action('A', { namespace: 'Code' })])).toEqual({
      refuse: 'InvalidActionDeclarationException',
      message: 'Namespaces must differ from the artifact names of the pipeline. The following is both: Code',
    });
  });
});

describe('references (behaviour C.9)', () => {
  test('name a namespace of an earlier stage or a lower run order', () => {
    expect(check([use('#{Src.Commit}')])).toBeUndefined();
    expect(check([action('A', { namespace: 'Mk' }), use('#{Mk.Tag}', { runOrder: 2 })])).toBeUndefined();
    expect(check([action('A', { namespace: 'Mk' }), use('#{Mk.Tag}')])).toEqual(unknownNamespace('Mk.Tag'));
    expect(check([use('#{Own.Tag}', { namespace: 'Own' })])).toEqual(unknownNamespace('Own.Tag'));
  });

  test('an unknown namespace among known ones is found', () => {
    expect(check([use('#{Src.Commit} #{codepipeline.PipelineExecutionId} #{Nope.X}')])).toEqual(
      unknownNamespace('Nope.X'),
    );
  });

  test.each([
    ['#{AV}', 'AV'],
    ['#{ a.b }', ' a.b '],
    ['#{}', ''],
    ['#{Src.Commit} #{Src}', 'Src'],
  ])('%s is refused for its format', (text, reference) => {
    expect(check([use(text)])).toEqual({
      refuse: 'InvalidActionDeclarationException',
      message: `Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables do not have that format.\n${where(reference)}`,
    });
  });

  test('an unclosed reference is plain text', () => {
    expect(check([use('#{Src.Commit} #{Src')])).toBeUndefined();
  });

  test('namespaces are case-sensitive', () => {
    expect(check([use('#{src.Commit}')])).toEqual(unknownNamespace('src.Commit'));
  });

  test('keys are not checked, since they are unknown until the action has run', () => {
    expect(check([use('#{Src.Whatever}')])).toBeUndefined();
  });

  test('a sealed secret is not checked', () => {
    expect(check([action('Use', { configuration: { Secret: { sealed: '#{Nope.X}' } } })])).toBeUndefined();
  });
});
