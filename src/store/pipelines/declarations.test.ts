import { expect, test } from 'vitest';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { StoredDeclaration } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { createDeclarationCache } from './declarations.ts';

/** A database with one declaration that counts its reads. */
function holding(declaration: StoredDeclaration | undefined): { sql: Statements; reads(): number } {
  let reads = 0;
  const get = async () => {
    reads += 1;
    return declaration && { declaration: JSON.stringify(declaration) };
  };
  return { sql: { get, all: async () => [], run: async () => 0 } as unknown as Statements, reads: () => reads };
}

const declaration = declare([
  stage(
    'Source',
    source('Fetch', { namespace: 'Src' }),
    source('Data', { outputs: ['Data'] }),
    source('Idle', { outputs: ['Idle'], namespace: 'Nobody' }),
  ),
  stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' })),
  {
    ...stage('Gate', action('Probe')),
    beforeEntry: {
      conditions: [
        {
          result: 'FAIL',
          rules: [
            {
              name: 'Check',
              ruleTypeId: { category: 'Rule', provider: 'VariableCheck' },
              configuration: { Variable: '#{Bld.Tag}' },
              inputArtifacts: [{ name: 'Data' }],
            },
          ],
        },
      ],
    },
  },
  stage('Deploy', action('Ship', { inputs: ['Package'], configuration: { Command: 'ship #{Src.Commit}' } })),
]);

async function suppliersOf(stageName: string): Promise<string[] | undefined> {
  const found = await createDeclarationCache().find(holding(declaration).sql, 'p', 1);
  return found?.suppliersOf(stageName).map(({ actionName }) => actionName);
}

test('a stage needs the artifacts and variables that actions and rules from there on refer to', async () => {
  expect(await suppliersOf('Source')).toEqual([]);
  expect(await suppliersOf('Build')).toEqual(['Fetch', 'Data']);
  expect(await suppliersOf('Gate')).toEqual(['Fetch', 'Data', 'Compile']);
  expect(await suppliersOf('Deploy')).toEqual(['Fetch', 'Compile']);
});

test('a version is read once, until the cache is cleared', async () => {
  const { sql, reads } = holding(declaration);
  const declarations = createDeclarationCache();
  const first = await declarations.find(sql, 'p', 1);
  expect(await declarations.find(sql, 'p', 1)).toBe(first);
  expect(reads()).toBe(1);
  declarations.clear();
  expect(await declarations.find(sql, 'p', 1)).toEqual({ ...first, suppliersOf: expect.any(Function) });
  expect(reads()).toBe(2);
});

test('a missing version is read again, and a cached one is frozen', async () => {
  const declarations = createDeclarationCache();
  expect(await declarations.find(holding(undefined).sql, 'p', 1)).toBeUndefined();
  const found = await declarations.find(holding(declaration).sql, 'p', 1);
  expect(() => found?.declaration.stages.pop()).toThrow(TypeError);
});

test('the least recently used versions are evicted', async () => {
  const { sql, reads } = holding({ ...declaration, roleArn: 'x'.repeat(6 * 1024 * 1024) });
  const declarations = createDeclarationCache();
  for (const version of [1, 2, 1, 3, 1]) await declarations.find(sql, 'p', version);
  expect(reads()).toBe(3);
  await declarations.find(sql, 'p', 2);
  expect(reads()).toBe(4);
});
