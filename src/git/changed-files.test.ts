import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRepository } from '../../test/support/git/repository.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { baseOfPullRequest, changedFiles, isAncestor, mergeBase } from './changed-files.ts';
import { createGitProgram } from './git-program.ts';
import { type CachedRepository, openRepositoryCache } from './repository-cache.ts';

const limits = { timeoutMs: 20_000, signal: new AbortController().signal };

/** Creates a repository, and runs work on its cached copy after refs were fetched. */
async function setUp() {
  const origin = createRepository();
  const program = await createGitProgram(join(temporaryFolder(), 'home'), { maxFileBytes: 2 ** 30 });
  const cache = await openRepositoryCache(join(temporaryFolder(), 'cache'), program, { maxBytes: 2 ** 30 });
  const read = <Result>(refs: string[], work: (repository: CachedRepository) => Promise<Result>) =>
    cache.use({ url: origin.url, allowsFile: true }, async (repository) => {
      for (const ref of refs) await repository.fetchCommit(ref, limits);
      return work(repository);
    });
  return { ...origin, read };
}

test('lists the files between two commits in the order of git, a renamed file under both names', async () => {
  const { git, write, commit, read } = await setUp();
  write('d/old', 'x');
  const first = commit('first');
  git('mv', 'd/old', 'd/new');
  write('ü', '1');
  write('line\nbreak', '1');
  const second = commit('second');
  git('checkout', '-qb', 'side', first);
  write('side', '1');
  const side = commit('side');
  await read([second, 'refs/heads/side'], async (repository) => {
    const between = (older: string | undefined, newer: string, limit = 100) =>
      changedFiles(repository, { older, newer, limit }, limits);
    expect(await between(first, second)).toEqual(['d/new', 'd/old', 'line\nbreak', 'ü']);
    expect(await between(first, second, 2)).toEqual(['d/new', 'd/old']);
    expect(await between(first, first)).toEqual([]);
    expect(await between(undefined, second), 'what it changed itself').toHaveLength(4);
    expect(await between(undefined, first), 'the first commit').toEqual(['d/old']);
    expect(await isAncestor(repository, { older: first, newer: second }, limits)).toBe(true);
    expect(await isAncestor(repository, { older: second, newer: side }, limits)).toBe(false);
    expect(await mergeBase(repository, [second, side], limits)).toBe(first);
    await expect(between('1'.repeat(40), second)).rejects.toMatchObject({ name: 'GitError' });
  });
});

test('stops reading a long list once there are enough files', async () => {
  const { write, commit, read } = await setUp();
  write('first', '1');
  const first = commit('first');
  for (let at = 0; at < 600; at += 1) write(`${'long-name-'.repeat(20)}${String(at).padStart(4, '0')}`, '');
  const second = commit('many');
  await read([second], async (repository) => {
    const list = (limit: number) => changedFiles(repository, { older: first, newer: second, limit }, limits);
    expect((await list(100)).map((name) => name.slice(-4))).toEqual(
      Array.from({ length: 100 }, (_, at) => String(at).padStart(4, '0')),
    );
    expect(await list(Number.POSITIVE_INFINITY)).toHaveLength(600);
  });
});

test('histories without a common commit have no base', async () => {
  const { git, write, commit, read } = await setUp();
  write('a', '1');
  const first = commit('first');
  git('checkout', '-q', '--orphan', 'other');
  write('b', '1');
  const other = commit('other');
  await read([first, other], async (repository) => {
    expect(await mergeBase(repository, [first, other], limits)).toBeUndefined();
    expect(await isAncestor(repository, { older: first, newer: other }, limits)).toBe(false);
    expect(await baseOfPullRequest(repository, { destination: first, head: other }, limits)).toBe(first);
  });
});

test('a pull request is compared with where it parted, also after it was merged', async () => {
  const { git, write, commit, read } = await setUp();
  write('a', '1');
  const parted = commit('base');
  git('checkout', '-qb', 'fast');
  write('b', '1');
  commit('one');
  write('c', '1');
  const head = commit('two');
  git('checkout', '-q', 'main');
  write('d', '1');
  const before = commit('other');
  git('merge', '-q', '--no-ff', 'fast', '-m', 'merge');
  write('e', '1');
  const after = commit('later');
  await read(['refs/heads/main'], async (repository) => {
    const base = (destination: string) => baseOfPullRequest(repository, { destination, head }, limits);
    expect(await base(before)).toBe(parted);
    expect(await base(after)).toBe(parted);
    expect(await base(head), 'the destination was moved to its head').toBeUndefined();
  });
});

test('fetches only what is new of a history', async () => {
  const { write, commit, read } = await setUp();
  for (let at = 0; at < 20; at += 1) {
    write('a', `${at}`);
    commit(`${at}`);
  }
  const objectsOf = (repository: CachedRepository) =>
    repository.program
      .run({ what: 'count', args: ['count-objects', '-v'], repository: repository.folder, ...limits })
      .then(
        (printed) =>
          Number(/in-pack: (\d+)/.exec(printed.toString())?.[1]) + Number(/count: (\d+)/.exec(printed.toString())?.[1]),
      );
  const before = await read(['refs/heads/main'], objectsOf);
  write('a', 'last');
  commit('last');
  expect((await read(['refs/heads/main'], objectsOf)) - before).toBeLessThan(10);
});
