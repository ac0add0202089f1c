import { expect, test } from 'vitest';
import { importCycles } from './cycles.ts';
import { report } from './source-file.ts';

function graph(edges: Record<string, string>): string[] {
  return report(importCycles(Object.entries(edges).map(([name, text]) => ({ path: `src/${name}.ts`, text }))));
}

test('a tree and a diamond have no cycle', () => {
  const edges = { a: "import './b.ts';\nimport './c.ts';", b: "import './d.ts';", c: "import './d.ts';", d: '' };
  expect(graph(edges)).toEqual([]);
});

test('a cycle is found once, with its path and the line of its first import', () => {
  expect(
    graph({ x: "import './a.ts';", a: "\nimport './b.ts';", b: "export * from './c.ts';", c: "import './a.ts';" }),
  ).toEqual(['src/a.ts:2 is in an import cycle: src/a.ts → src/b.ts → src/c.ts → src/a.ts']);
});

test('finds two cycles, a file that imports itself and a dynamic import', () => {
  const edges = { a: "import './b.ts';", b: "await import('./a.ts');", c: "import './c.ts';" };
  expect(graph(edges)).toEqual([
    'src/a.ts:1 is in an import cycle: src/a.ts → src/b.ts → src/a.ts',
    'src/c.ts:1 is in an import cycle: src/c.ts → src/c.ts',
  ]);
});

test('ignores type-only imports, but not imports with inline types', () => {
  expect(graph({ a: "import './b.ts';", b: "import type { A } from './a.ts';" })).toEqual([]);
  expect(graph({ a: "import './b.ts';", b: "import { type A } from './a.ts';" })).toHaveLength(1);
});
