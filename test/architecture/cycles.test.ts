import { expect, test } from 'vitest';
import { importCircles } from './cycles.ts';
import { report } from './source-file.ts';

function graph(edges: Record<string, string>): string[] {
  return report(importCircles(Object.entries(edges).map(([name, text]) => ({ path: `src/${name}.ts`, text }))));
}

test('a tree and a diamond are no circle', () => {
  const edges = { a: "import './b.ts';\nimport './c.ts';", b: "import './d.ts';", c: "import './d.ts';", d: '' };
  expect(graph(edges)).toEqual([]);
});

test('a circle is found once, with the way round and the line that enters it', () => {
  expect(
    graph({ x: "import './a.ts';", a: "\nimport './b.ts';", b: "export * from './c.ts';", c: "import './a.ts';" }),
  ).toEqual(['src/a.ts:2 is in an import circle: src/a.ts → src/b.ts → src/c.ts → src/a.ts']);
});

test('two circles are both found, and so are a file that imports itself and a dynamic import', () => {
  const edges = { a: "import './b.ts';", b: "await import('./a.ts');", c: "import './c.ts';" };
  expect(graph(edges)).toEqual([
    'src/a.ts:1 is in an import circle: src/a.ts → src/b.ts → src/a.ts',
    'src/c.ts:1 is in an import circle: src/c.ts → src/c.ts',
  ]);
});

test('a circle closed by a type-only import is none; an inline type does not make an import type-only', () => {
  expect(graph({ a: "import './b.ts';", b: "import type { A } from './a.ts';" })).toEqual([]);
  expect(graph({ a: "import './b.ts';", b: "import { type A } from './a.ts';" })).toHaveLength(1);
});
