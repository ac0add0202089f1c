import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listRepository, listSourceFiles, readSourceFolder } from './source-folder.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-source-')));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text = name) {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function git(...args: string[]) {
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'];
  execFileSync('git', ['-C', folder, ...identity, ...args], { stdio: 'ignore' });
}

async function list() {
  const entries = await listSourceFiles(await readSourceFolder(folder));
  return entries.map(
    ({ name, mode, linkTarget }) => `${name} ${(mode & 0o777).toString(8)}${linkTarget ? ` ${linkTarget}` : ''}`,
  );
}

test('a folder without Git has all its files, in the order of their names', async () => {
  write('b/c.txt');
  write('run.sh');
  chmodSync(join(folder, 'run.sh'), 0o700);
  symlinkSync('/etc/passwd', join(folder, 'link'));
  mkdirSync(join(folder, 'empty'));
  expect(await list()).toEqual(['b/c.txt 644', 'link 644 /etc/passwd', 'run.sh 755']);
  expect(await readSourceFolder(folder)).toEqual({ path: folder });
});

test('a work tree has what is not ignored, and says where it stands', async () => {
  git('init', '--initial-branch=main');
  write('.gitignore', 'node_modules\n');
  write('node_modules/x.js');
  write('a.txt');
  write('gone.txt');
  git('add', '.');
  git('commit', '-m', 'First\n\nBody');
  expect(await readSourceFolder(folder)).toMatchObject({
    git: { branch: 'main', isDirty: false, commit: { message: 'First\n\nBody', authorName: 'Ann' } },
  });
  rmSync(join(folder, 'gone.txt'));
  write('new.txt');
  expect((await readSourceFolder(folder)).git?.isDirty).toBe(true);
  expect(await list()).toEqual(['.gitignore 644', 'a.txt 644', 'new.txt 644']);
});

test('the repository of a hook that calls this is not that of the folder', async () => {
  write('a.txt');
  process.env.GIT_DIR = '/nowhere';
  try {
    expect(await readSourceFolder(folder)).toEqual({ path: folder });
  } finally {
    delete process.env.GIT_DIR;
  }
});

test('what is no folder is refused', async () => {
  write('file');
  await expect(readSourceFolder(join(folder, 'file'))).rejects.toThrow(`there is no folder ${folder}/file`);
});

test('a full clone has the repository, without its hooks', async () => {
  await expect(listRepository(await readSourceFolder(folder))).rejects.toThrow('is not the top of a Git repository');
  git('init', '--initial-branch=main');
  git('commit', '--allow-empty', '-m', 'First');
  const names = (await listRepository(await readSourceFolder(folder))).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['.git/HEAD', '.git/refs', '.git/refs/heads/main']));
  expect(names.filter((name) => name.startsWith('.git/hooks/'))).toEqual([]);
});
