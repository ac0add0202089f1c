import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the files of `dist/` that a program imports by a path, which no type checker follows. */
function builtFilesOf(program: string): string[] {
  const text = readFileSync(join(root, program), 'utf8');
  const loaded = [...text.matchAll(/\bload\('([^']+\.js)'\)/g), ...text.matchAll(/'[./]*\/dist\/([^']+\.js)'/g)];
  return loaded.map(([, file = '']) => file);
}

test('every built file that a benchmark or a script imports has its source', () => {
  const scripts = readdirSync(join(root, 'scripts')).map((name) => `scripts/${name}`);
  const programs = ['bench/support/product.mjs', 'bin/millrace', ...scripts];
  const loaded = programs.flatMap((program) => builtFilesOf(program).map((file) => ({ program, file })));
  expect(loaded).toContainEqual({ program: 'bench/support/product.mjs', file: 'store/open.js' });
  expect(loaded).toContainEqual({ program: 'bin/millrace', file: 'main.js' });
  const missing = loaded.filter(({ file }) => !existsSync(join(root, 'src', file.replace(/\.js$/, '.ts'))));
  expect(missing).toEqual([]);
});
