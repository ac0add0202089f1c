import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { loadResourceFile } from './load-resource-file.ts';

function load(text: string) {
  const file = join(temporaryFolder(), 'millrace.yaml');
  writeFileSync(file, text);
  return () => loadResourceFile(file, {});
}

test('all mistakes of a file are in one error, with the file and line of each', () => {
  expect(load('gardens: []\nrepositories: 7')).toThrow(
    /^2 mistakes are in the file:\n {2}\S+millrace\.yaml:1: There is no section 'gardens'.*\n {2}\S+millrace\.yaml:2: /,
  );
  expect(load('repositories: 7')).toThrow(/^\S+millrace\.yaml:1: repositories: expected a list/);
});

test('a file that cannot be read is named', () => {
  expect(() => loadResourceFile('/nowhere.yaml', {})).toThrow(/^\/nowhere\.yaml cannot be read: ENOENT/);
});
