import { describe, expect, test } from 'vitest';
import { action, actionType, catalogue, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { GitConfiguration } from '../../contract/generated.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { triggerRules } from './triggers.ts';

const connectionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'CodeStarSourceConnection',
  attributes: { needsConnection: true },
});
const clone = (name: string) => source(name, { type: connectionType });

/** Checks the triggers of a pipeline with the connection sources `Clone` and `Other`. */
function check(...triggers: GitConfiguration[]) {
  const declaration = declare(
    [stage('Source', clone('Clone'), clone('Other'), source('Depot')), stage('Build', action('Compile'))],
    {
      pipelineType: 'V2',
      triggers: triggers.map((gitConfiguration) => ({ providerType: 'CodeStarSourceConnection', gitConfiguration })),
    },
  );
  const input = {
    declaration,
    actionTypes: [...catalogue, connectionType],
    region: 'us-east-1',
    quotas: defaultQuotas,
  };
  return triggerRules.map((rule) => rule(input)).find((refusal) => refusal !== undefined);
}

const some = { includes: ['main'] };
const of = (members: Omit<GitConfiguration, 'sourceActionName'>) => check({ sourceActionName: 'Clone', ...members });
const refused = (message: string) => ({ refuse: 'InvalidStructureException', message });

describe('their source (operations 4)', () => {
  const text =
    "Triggers for connections must reference a CodeStarSourceConnection action. Note that when you specify a trigger, you can't specify more than one trigger per source action.";

  test('is a connection with one trigger', () => {
    expect(check({ sourceActionName: 'Clone' }, { sourceActionName: 'Other' })).toBeUndefined();
    expect(check({ sourceActionName: 'Depot' })).toEqual(refused(text));
    expect(check({ sourceActionName: 'Clone' }, { sourceActionName: 'Clone' })).toEqual(refused(text));
  });
});

const invalidCombination =
  'The trigger configuration for the source action is not valid. Make sure to choose valid filter combinations.';

describe('their filters (behaviour B.3)', () => {
  test('for pushes: tags, branches, branches with file paths', () => {
    const push = [{ tags: some }, { branches: some }, { branches: some, filePaths: some }];
    expect(of({ push })).toBeUndefined();
  });

  test.each([
    ['nothing', {}],
    ['file paths alone', { filePaths: some }],
    ['tags with branches', { tags: some, branches: some }],
    ['tags with file paths', { tags: some, filePaths: some }],
  ])('for pushes, refused: %s', (_name, filter) => {
    expect(of({ push: [{ branches: some }, filter] })).toEqual(refused(invalidCombination));
  });

  test('for pull requests: branches, branches with file paths', () => {
    const pullRequest = [{ branches: some }, { branches: some, filePaths: some }];
    expect(of({ pullRequest })).toBeUndefined();
  });

  test.each([
    ['nothing', {}],
    ['file paths alone', { filePaths: some }],
    ['events alone', { events: ['OPEN' as const] }],
  ])('for pull requests, refused: %s', (_name, filter) => {
    expect(of({ pullRequest: [{ branches: some }, filter] })).toEqual(refused(invalidCombination));
  });

  test('no repeated event', () => {
    expect(of({ pullRequest: [{ branches: some, events: ['OPEN', 'CLOSED'] }] })).toBeUndefined();
    expect(of({ pullRequest: [{ branches: some, events: ['OPEN', 'CLOSED', 'OPEN'] }] })).toEqual(
      refused("The trigger of 'Clone' has a pullRequest filter with the event OPEN more than once"),
    );
  });

  test('valid glob patterns everywhere', () => {
    const bad = { includes: ['main'], excludes: ['{a,{b,c}}'] };
    const text =
      "The trigger of 'Clone' has the pattern '{a,{b,c}}', which is not a valid glob pattern: choices in braces cannot be nested.";
    for (const filters of [
      { push: [{ tags: bad }] },
      { push: [{ branches: bad }] },
      { push: [{ branches: some, filePaths: bad }] },
      { pullRequest: [{ branches: some, filePaths: bad }] },
    ]) {
      expect(of(filters)).toEqual(refused(text));
    }
  });

  test('at most 200 KB in total', () => {
    const branches = (length: number) => [{ branches: { includes: ['x'.repeat(length)] } }];
    expect(of({ push: branches(200 * 1024 - 200) })).toBeUndefined();
    expect(of({ push: branches(200 * 1024) })).toEqual(
      refused('The triggers of a pipeline cannot have more than 200 KB'),
    );
  });
});
