import { expect, test } from 'vitest';
import { importedPackage, importedPath, importsOf } from './imports.ts';

function found(text: string): string[] {
  return importsOf({ path: 'src/a/b.ts', text }).map(
    ({ specifier, line, isTypeOnly }) => `${line} ${isTypeOnly ? 'type ' : ''}${specifier}`,
  );
}

test('finds every form of import, with its line', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from './b.ts';",
    'import {',
    '  c,',
    '  type D,',
    '} from "./c.ts";',
    "import * as e from 'node:fs';",
    "import f, { g } from '@scope/f/deep';",
    "import './side-effect.ts';",
    "export { h } from './h.ts';",
    "export * from './i.ts';",
    "export type { J } from './j.ts';",
    "const k = await import('./k.ts');",
    "type L = import('./l.ts').L;",
    "import type from './m.ts';",
  ].join('\n');
  expect(found(text)).toEqual([
    '1 ./a.ts',
    '2 type ./b.ts',
    '3 ./c.ts',
    '7 node:fs',
    '8 @scope/f/deep',
    '9 ./side-effect.ts',
    '10 ./h.ts',
    '11 ./i.ts',
    '12 type ./j.ts',
    '13 ./k.ts',
    '14 ./l.ts',
    '15 ./m.ts',
  ]);
});

test('ignores what only looks like an import', () => {
  const text = [
    "// import { a } from './a.ts';",
    "/* export * from './b.ts' */",
    'const c = "import { d } from \'./d.ts\'";',
    "const e = `import('./e.ts')`;",
    'export const from = 1;',
    "export const f = [from, 'x'];",
    'const here = import.meta.url;',
    "x.import('./g.ts');",
  ].join('\n');
  expect(found(text)).toEqual([]);
});

test('a specifier is a file, a package or a built-in module', () => {
  expect(importedPath('src/engine/modes/queued.ts', '../../model/job.ts')).toBe('src/model/job.ts');
  expect(importedPath('src/a/b.ts', '../../test/x.ts')).toBe('test/x.ts');
  expect(importedPath('src/a/b.ts', 'pino')).toBeUndefined();
  expect(importedPackage('@aws-sdk/client-s3/dist')).toBe('@aws-sdk/client-s3');
  expect(importedPackage('pino/file')).toBe('pino');
  expect(importedPackage('node:fs/promises')).toBeUndefined();
});
