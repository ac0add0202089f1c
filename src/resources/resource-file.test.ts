import { expect, test } from 'vitest';
import { readResourceFile } from './resource-file.ts';

const sources = {
  environment: { TOKEN: 'from the environment' },
  readFile: (path: string) => {
    if (path !== 'token.txt') throw new Error(`no ${path}`);
    return 'from a file\n';
  },
};
const read = (text: string) => readResourceFile(text, sources);

test('a file lists resources by section, with secrets from elsewhere', () => {
  const text = `
repositories:
  - name: shop
    url: https://example.com/shop.git
    password: { env: TOKEN }
  - name: tools
    url: https://example.com/tools.git
    password:
      file: token.txt
`;
  expect(read(text)).toEqual({
    mistakes: [],
    resources: [
      {
        kind: 'Repository',
        name: 'shop',
        document: { url: 'https://example.com/shop.git', password: 'from the environment' },
      },
      {
        kind: 'Repository',
        name: 'tools',
        document: { url: 'https://example.com/tools.git', password: 'from a file' },
      },
    ],
  });
});

test.each(['', '# nothing yet', 'repositories: []'])('%j has no resources', (text) => {
  expect(read(text)).toEqual({ resources: [], mistakes: [] });
});

test('every mistake is reported with its line', () => {
  const text = `
gardens:
  - name: roses
repositories:
  - name: shop
    url: ftp://example.com
    colour: green
  - url: https://example.com
  - name: shop
    url: https://example.com
  - name: shop
    url: https://example.com
    password: { env: NOWHERE }
  - name: key
    url: https://example.com
    password: { file: missing }
  - 7
`;
  expect(read(text).mistakes).toEqual([
    { line: 2, message: expect.stringContaining("There is no section 'gardens'. There are: eventTargets,") },
    { line: 6, message: 'url: the scheme ftp is not one of http, https, ssh and file.' },
    { line: 7, message: expect.stringContaining("A Repository has no member 'colour'") },
    { line: 8, message: expect.stringContaining('name: a name has 1 to 100 letters') },
    { line: 13, message: 'password: the environment has no variable NOWHERE.' },
    { line: 16, message: 'password: its file cannot be read: no missing.' },
    { line: 17, message: 'expected the members of a Repository.' },
  ]);
});

test.each([
  ['repositories: &a\n  - name: x\nmore: *a', 3, 'Aliases are not supported'],
  ['repositories: [', 1, ''],
  ['repositories:\n  - name: a\n    name: b', 3, 'Map keys must be unique'],
  ['- 1', 1, 'expected sections: eventTargets,'],
  ['repositories: 7', 1, 'repositories: expected a list.'],
  [
    'repositories:\n  - name: a\n    url: https://example.com\n  - name: a\n    url: https://example.com',
    4,
    "There are two of the name 'a'.",
  ],
])('%j: line %i', (text, line, message) => {
  expect(read(text).mistakes).toContainEqual({ line, message: expect.stringContaining(message) });
});
