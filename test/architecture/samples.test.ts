import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFiles } from './source-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const accountId = /(?<![\w.-])\d{12}(?![\w.-])/g;

test('samples work on a server of any account', () => {
  const pages = [
    ...readFiles(root, 'docs', ['.md']),
    ...readFiles(root, 'examples', ['.json', '.md', '.mjs', '.py', '.sh']),
  ];
  pages.push({ path: 'README.md', text: readFileSync(`${root}README.md`, 'utf8') });
  // A role's ARN needs an account; without declared roles, any will do.
  const found = pages.flatMap(({ path, text }) =>
    [...text.replaceAll(/"roleArn": "[^"]*"/g, '').matchAll(accountId)].map(([id]) => `${path}: ${id}`),
  );
  expect(pages.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
