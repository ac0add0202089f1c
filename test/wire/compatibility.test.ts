import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compatibilityPage } from '../../scripts/compatibility-page.mjs';
import { operations } from '../../src/api/codepipeline/index.ts';
import { serviceOperations } from '../../src/api/services/index.ts';
import { operationNames } from './bounded-model.ts';
import { declaredErrors } from './errors/declared-errors.ts';

const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (\w+) \| ([^|]+) \|$/gm)].filter(([, name]) => (name ?? '') in declaredErrors);

test('docs/compatibility.md has one row per operation of the API, and is up to date', () => {
  expect(rows.map(([, name]) => name)).toEqual(operationNames);
  expect(compatibilityPage(page, operations, serviceOperations)).toBe(page);
});

test('the index has exactly the operations of the API, each under its name', () => {
  expect(Object.keys(operations)).toEqual(operationNames);
  for (const [name, operation] of Object.entries(operations)) expect(operation.name).toBe(name);
});
