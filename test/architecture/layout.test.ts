import { expect, test } from 'vitest';
import { badNames, incompleteProviders, longFiles } from './layout.ts';
import { report } from './source-file.ts';

test('finds vague names and barrels, but not registries', () => {
  const bad = [
    'src/store/utils.ts',
    'src/http/data.test.ts',
    'test/helpers.ts',
    'src/model/index.ts',
    'src/engine/index.ts',
    'src/model/jobState.ts',
  ];
  const good = [
    'src/api/codepipeline/index.ts',
    'src/engine/modes/index.ts',
    'src/installation/data-folder.ts',
    'src/model/job.ts',
    'src/store/README.md',
  ];
  expect(badNames([...bad, ...good]).map(({ path }) => path)).toEqual(bad);
});

test('reports the first line beyond the limit, except in generated code', () => {
  const text = (lines: number) => 'x\n'.repeat(lines);
  const files = [
    { path: 'src/a.ts', text: text(300) },
    { path: 'src/b.ts', text: text(301) },
    { path: 'src/contract/generated.ts', text: text(2000) },
  ];
  expect(report(longFiles(files))).toEqual(['src/b.ts:301 has 301 lines, 300 are allowed']);
});

test('finds a provider without all of its parts and a line in the registry', () => {
  const whole = ['run.ts', 'README.md', 'run.test.ts'].map((name) => `src/providers/shell/${name}`);
  const registry = { path: 'src/providers/index.ts', text: "import { shell } from './shell/run.ts';" };
  expect(incompleteProviders(['src/providers/index.ts', ...whole], registry)).toEqual([]);
  expect(report(incompleteProviders([...whole, 'src/providers/zip/run.ts'], registry))).toEqual([
    'src/providers/zip/:1 provider lacks README.md, a test, an import in src/providers/index.ts',
  ]);
});
