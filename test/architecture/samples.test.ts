import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFiles } from './source-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const accountId = /(?<![\w.-])\d{12}(?![\w.-])/g;

test('no sample works on a server of one certain account only', () => {
  const pages = [
    ...readFiles(root, 'docs', ['.md']),
    ...readFiles(root, 'examples', ['.json', '.md', '.mjs', '.py', '.sh']),
  ];
  pages.push({ path: 'README.md', text: readFileSync(`${root}README.md`, 'utf8') });
  // The account of a role that is not declared does not matter, and the service wants one in its ARN.
  const found = pages.flatMap(({ path, text }) =>
    [...text.replaceAll(/"roleArn": "[^"]*"/g, '').matchAll(accountId)].map(([id]) => `${path}: ${id}`),
  );
  expect(pages.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
