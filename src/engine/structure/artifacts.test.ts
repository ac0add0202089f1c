import { describe, expect, test } from 'vitest';
import { action, catalogue, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { StoredDeclaration, StoredStage } from '../../model/pipeline.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { checkStructure } from './structure.ts';

function check(declaration: StoredDeclaration) {
  return checkStructure({ declaration, actionTypes: catalogue, region: 'us-east-1', quotas: defaultQuotas });
}

const store = { type: 'S3', location: 'artifacts' } as const;

describe('artifact stores (behaviour B.2)', () => {
  const exactlyOne = {
    refuse: 'InvalidStructureException',
    message: 'A pipeline must declare exactly one of artifactStore and artifactStores.',
  };

  test('neither', () => {
    expect(check(twoStages({ artifactStore: undefined }))).toEqual(exactlyOne);
  });

  test('both', () => {
    expect(check(twoStages({ artifactStores: { 'us-east-1': store } }))).toEqual(exactlyOne);
  });

  test('artifactStores include the Region of the pipeline', () => {
    expect(check(twoStages({ artifactStore: undefined, artifactStores: { 'eu-west-1': store } }))).toEqual({
      refuse: 'ValidationException',
      message:
        "Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have an action. The following region is missing in 'pipeline.artifactStores': us-east-1.",
    });
    expect(check(twoStages({ artifactStore: undefined, artifactStores: { 'us-east-1': store } }))).toBeUndefined();
  });
});

describe('artifacts (behaviour B.2)', () => {
  const withStages = (...stages: StoredStage[]) => declare([stage('Source', source()), ...stages]);
  const produce = action('Make', { outputs: ['Package'] });
  const consume = (runOrder: number) => action('Use', { runOrder, inputs: ['Package'] });
  const notProduced = (stageName: string) => ({
    refuse: 'InvalidActionDeclarationException',
    message: `Action 'Use' in stage '${stageName}' takes the input artifact 'Package', which no earlier action produces.`,
  });

  test('output names are unique in the whole pipeline', () => {
    expect(
      check(withStages(stage('Build', produce), stage('Deploy', action('Make', { outputs: ['Package'] })))),
    ).toEqual({
      refuse: 'InvalidActionDeclarationException',
      message:
        'Output artifact names must be unique across the pipeline. The following is used more than once: Package',
    });
    expect(check(withStages(stage('Build', action('Make', { outputs: ['X', 'X'] }))))).toMatchObject({
      refuse: 'InvalidActionDeclarationException',
    });
  });

  test('an input comes from an earlier stage', () => {
    expect(check(withStages(stage('Build', produce), stage('Deploy', consume(1))))).toBeUndefined();
    expect(check(withStages(stage('Deploy', consume(1)), stage('Build', produce)))).toEqual(notProduced('Deploy'));
  });

  test('or from a lower run order of the same stage, in any position', () => {
    expect(check(withStages(stage('Build', produce, consume(2))))).toBeUndefined();
    expect(check(withStages(stage('Build', consume(2), produce)))).toBeUndefined();
    expect(check(withStages(stage('Build', produce, consume(1))))).toEqual(notProduced('Build'));
  });

  test('but must be produced, and not by the action itself', () => {
    expect(check(withStages(stage('Build', consume(1))))).toEqual(notProduced('Build'));
    expect(check(withStages(stage('Build', action('Use', { inputs: ['Package'], outputs: ['Package'] }))))).toEqual(
      notProduced('Build'),
    );
  });

  test('names are case-sensitive', () => {
    expect(
      check(withStages(stage('Build', produce), stage('Deploy', action('Use', { inputs: ['package'] })))),
    ).toMatchObject({
      refuse: 'InvalidActionDeclarationException',
    });
  });
});
