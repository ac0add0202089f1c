import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { builtInActionTypes } from '../../src/catalogue/action-types.ts';
import { builtInRuleTypes } from '../../src/catalogue/rule-types.ts';
import { settings } from '../../src/config/config.ts';
import { workerSettings } from '../../src/config/worker.ts';
import { type ErrorCode, ServiceError } from '../../src/contract/errors.ts';
import { operationNames, operationOf, ownOperationNames } from '../../src/contract/model.ts';
import { actionTypeKey, ruleTypeId } from '../../src/model/action-type.ts';
import { providers } from '../../src/providers/index.ts';
import { uncalledOperations, unreadSettings, untestedNouns, unusedErrors } from './completeness.ts';
import { isTestFile, readFiles, report, type SourceFile } from './source-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = readFiles(root, 'src', ['.ts']);
const tests = [...sources.filter(({ path }) => isTestFile(path)), ...readFiles(root, 'test', ['.ts'])];
const conformance = readFiles(root, 'test/conformance', ['.ts']);

function source(path: string): SourceFile {
  return { path, text: readFileSync(`${root}${path}`, 'utf8') };
}

describe('nothing of an addition is forgotten', () => {
  test('settings are read', () => {
    // Settings of quotas are derived from the quotas, and read with them.
    const names = Object.keys({ ...settings, ...workerSettings }).filter((name) => !name.startsWith('quota'));
    expect(report(unreadSettings(names, sources))).toEqual([]);
  });

  test('tests call the operations of our own API', () => {
    expect(report(uncalledOperations(ownOperationNames, tests))).toEqual([]);
  });

  test('the errors that operations declare are in the table of errors', () => {
    const declared = [...operationNames, ...ownOperationNames].flatMap((name) => operationOf(name).errors);
    for (const code of declared) expect(new ServiceError(code as ErrorCode).httpStatus, code).toBeGreaterThan(399);
  });

  test('errors of the front door are used', () => {
    expect(report(unusedErrors(source('src/contract/errors.ts'), sources))).toEqual([]);
  });

  test('the conformance suite uses every noun of the store', () => {
    expect(report(untestedNouns(source('src/store/store.ts'), conformance))).toEqual([]);
  });

  test('providers perform types of the catalogue, which docs/compatibility.md names', () => {
    const ids = [
      ...builtInActionTypes.map(({ definition }) => definition.id),
      ...builtInRuleTypes.map(({ definition }) => ruleTypeId(definition.id)),
    ];
    const known = new Set(ids.map(actionTypeKey));
    const { text } = source('docs/compatibility.md');
    for (const { actionTypeId } of providers) {
      expect(known, actionTypeId.provider).toContain(actionTypeKey(actionTypeId));
      expect(text.includes(actionTypeId.provider), `docs/compatibility.md lacks ${actionTypeId.provider}`).toBe(true);
    }
  });
});

test('finds a setting, an operation, an error and a noun that nothing uses', () => {
  const file = (path: string, text: string) => [{ path, text }];
  expect(unreadSettings(['region'], file('src/config/server.ts', '  region: {'))).toHaveLength(1);
  expect(unreadSettings(['region'], file('src/http/server.ts', 'const { region } = config;'))).toEqual([]);
  expect(uncalledOperations(['GetJob'], file('a.test.ts', "call('GetJobLog')"))).toHaveLength(1);
  expect(uncalledOperations(['GetJob'], file('a.test.ts', "call('GetJob')"))).toEqual([]);
  const table = { path: 'src/contract/errors.ts', text: '  TooBusy: 503,\n' };
  expect(report(unusedErrors(table, [table]))).toEqual(['src/contract/errors.ts:1 TooBusy is not used']);
  expect(unusedErrors(table, file('src/http/server.ts', "new ServiceError('TooBusy')"))).toEqual([]);
  const store = { path: 'src/store/store.ts', text: '    jobs: jobRows(database),\n' };
  expect(untestedNouns(store, file('test/conformance/tags.ts', 'store.jobs2.list()'))).toHaveLength(1);
  expect(untestedNouns(store, file('test/conformance/jobs.ts', 'store.jobs.find(id)'))).toEqual([]);
});
