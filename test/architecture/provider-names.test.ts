import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { builtInActionTypes } from '../../src/catalogue/action-types.ts';
import { builtInRuleTypes } from '../../src/catalogue/rule-types.ts';
import { providerNames } from './provider-names.ts';
import { isTestFile, readFiles, report } from './source-file.ts';

const providers = [...builtInActionTypes, ...builtInRuleTypes].map(({ definition }) => definition.id.provider);
const namesIn = (text: string) => report(providerNames([{ path: 'a.ts', text }], providers)).length;

test('the engine and the API know action types by their attributes, not by provider', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const files = ['src/engine', 'src/api'].flatMap((folder) => readFiles(root, folder, ['.ts']));
  const found = providerNames(
    files.filter(({ path }) => !isTestFile(path)),
    providers,
  );
  expect(report(found)).toEqual([]);
});

test.each([
  "provider === 'CodeStarSourceConnection'",
  'new Set(["LambdaInvoke"])',
  "'Source/AWS/S3/1'",
  '`Deploy/$' + '{owner}/EKS/1`',
])('finds %s', (text) => {
  expect(namesIn(text)).toBe(1);
});

test.each(["location: { type: 'S3' }", "'S3ObjectKey'", "'To use commands, use a Commands action.'", '// Lambda'])(
  'allows %s',
  (text) => {
    expect(namesIn(text)).toBe(0);
  },
);
