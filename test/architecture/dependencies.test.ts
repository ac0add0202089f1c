import { expect, test } from 'vitest';
import { undeclaredPackages, unexplainedDependencies } from './dependencies.ts';
import { report } from './source-file.ts';

const manifest = { dependencies: { pino: '^10' }, optionalDependencies: { '@scope/sql': '^1' } };

test('finds dependencies without a row and rows without a dependency', () => {
  const page = (text: string) => ({ path: 'docs/dependencies.md', text });
  expect(unexplainedDependencies(manifest, page('| `pino` | logs |\n| `@scope/sql` | rows |'))).toEqual([]);
  expect(
    report(unexplainedDependencies(manifest, page('| package |\n| `pino` | logs |\n| `left-pad` | pads |'))),
  ).toEqual([
    'docs/dependencies.md:1 has no row for the dependency @scope/sql',
    'docs/dependencies.md:3 explains left-pad, which is not a runtime dependency',
  ]);
});

test('finds packages that are not installed with the product; tests may import more', () => {
  const text = "import 'pino/file';\nimport '@scope/sql';\nimport 'node:fs';\nimport 'fs';\nimport 'vitest';";
  expect(undeclaredPackages(manifest, [{ path: 'src/a.test.ts', text }])).toEqual([]);
  expect(report(undeclaredPackages(manifest, [{ path: 'src/a.ts', text }]))).toEqual([
    'src/a.ts:4 imports fs, which is not a runtime dependency (built-ins begin with node:)',
    'src/a.ts:5 imports vitest, which is not a runtime dependency (built-ins begin with node:)',
  ]);
});
