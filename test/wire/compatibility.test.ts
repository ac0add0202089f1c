import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operationNotes } from '../../scripts/compatibility-operations.mjs';
import { compatibilityPage } from '../../scripts/compatibility-page.mjs';
import { declaredErrors } from './declared-errors.ts';
import { operationNames } from './model.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/compatibility.md');
const registry = read('src/api/codepipeline/index.ts');
const rows = [...page.matchAll(/^\| (\w+) \| ([^|]+) \|$/gm)].filter(([, name]) => (name ?? '') in declaredErrors);

test('docs/compatibility.md has one row for each operation of the API, and is fresh', () => {
  expect(rows.map(([, name]) => name)).toEqual(operationNames);
  expect(compatibilityPage(page, { registry, notes: operationNotes })).toBe(page);
});

test('an operation without a note, and a note without an operation, are errors', () => {
  const { ListPipelines: _, ...notes } = operationNotes;
  expect(() => compatibilityPage(page, { registry, notes })).toThrow('ListPipelines');
  const smaller = registry.replace('  RollbackStage: rollbackStage,\n', '');
  expect(() => compatibilityPage(page, { registry: smaller, notes: operationNotes })).toThrow('RollbackStage');
});
