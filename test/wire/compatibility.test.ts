import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operationNotes } from '../../scripts/compatibility-operations.mjs';
import { compatibilityPage } from '../../scripts/compatibility-page.mjs';
import { declaredErrors } from './declared-errors.ts';
import { operationNames } from './model.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/compatibility.md');
const registry = read('src/operations/index.ts');
const rows = [...page.matchAll(/^\| (\w+) \| ([^|]+) \|$/gm)].filter(([, name]) => (name ?? '') in declaredErrors);

test('docs/compatibility.md has one row for each operation of the API, and is fresh', () => {
  expect(rows.map(([, name]) => name)).toEqual(operationNames);
  expect(compatibilityPage(page, { registry, notes: operationNotes })).toBe(page);
});

test('the page says "not supported" of exactly those operations that answer so', () => {
  const refused = rows.filter(([, , note]) => note === 'not supported').map(([, name]) => name);
  // The tests of declared errors call each of these over the socket.
  expect(refused).toEqual(operationNames.filter((name) => declaredErrors[name] === 'not supported'));
});

test('an operation without a note, and a note without an operation, are errors', () => {
  const { ListPipelines: _, ...notes } = operationNotes;
  expect(() => compatibilityPage(page, { registry, notes })).toThrow('ListPipelines');
  const refusing = registry.replace('RollbackStage: rollbackStage', "RollbackStage: notSupported('RollbackStage')");
  expect(() => compatibilityPage(page, { registry: refusing, notes: operationNotes })).toThrow('RollbackStage');
});
