import { expect, test } from 'vitest';
import type { PipelineDeclaration } from '../contract/generated.ts';
import { selectActions } from './select-actions.ts';

const action = (name: string, category: 'Source' | 'Build', given: { in?: string; out?: string } = {}) => ({
  name,
  actionTypeId: { category, owner: 'Custom' as const, provider: 'P', version: '1' },
  ...(given.in && { inputArtifacts: [{ name: given.in }] }),
  ...(given.out && { outputArtifacts: [{ name: given.out }] }),
});

const pipeline: PipelineDeclaration = {
  name: 'shop',
  roleArn: 'arn:aws:iam::123456789012:role/r',
  stages: [
    { name: 'Source', actions: [action('App', 'Source', { out: 'Code' })] },
    {
      name: 'Build',
      actions: [action('Compile', 'Build', { in: 'Code', out: 'Site' }), action('Check', 'Build', { in: 'Code' })],
    },
    { name: 'Deploy', actions: [action('Copy', 'Build', { in: 'Site' }), action('Check', 'Build', { in: 'Code' })] },
  ],
};

function select(only: string[], skip: string[] = []) {
  const { declaration, mistakes } = selectActions(pipeline, { only, skip });
  const left = declaration.stages.map(({ name, actions }) => `${name}: ${actions.map((kept) => kept.name).join(' ')}`);
  return { left, mistakes };
}

test('without names everything runs', () => {
  expect(select([])).toEqual({ left: ['Source: App', 'Build: Compile Check', 'Deploy: Copy Check'], mistakes: [] });
});

test('--only keeps the sources, in the order of the pipeline', () => {
  expect(select(['Build'])).toEqual({ left: ['Source: App', 'Build: Compile Check'], mistakes: [] });
});

test('--skip takes stages, actions, and actions of one stage; an empty stage goes', () => {
  expect(select([], ['Check', 'Copy']).left).toEqual(['Source: App', 'Build: Compile']);
  expect(select([], ['Deploy/Check']).left).toEqual(['Source: App', 'Build: Compile Check', 'Deploy: Copy']);
});

test('a missing artifact is named with the action that would make it', () => {
  expect(select([], ['Compile']).mistakes).toEqual([
    "'Copy' takes the artifact 'Site', but 'Compile' that makes it does not run.",
  ]);
});

test('unknown names are mistakes that list the known ones', () => {
  expect(select(['Biuld'], ['Chekc']).mistakes).toEqual([
    '--only Biuld: there is no such stage; there are Source, Build, Deploy.',
    '--skip Chekc: there is no such stage or action; there are Source, Build, Deploy, App, Compile, Check, Copy.',
  ]);
});
