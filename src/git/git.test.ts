import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { serveGit } from '../../test/support/git/git-http-server.ts';
import { createRepository, unzip } from '../../test/support/git/repository.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { readCommit } from './commits.ts';
import { listRefs } from './git.ts';
import { createGitProgram } from './git-program.ts';
import { openRepositoryCache } from './repository-cache.ts';
import { packTree } from './tree-archive.ts';

const all = { branches: true, tags: true };
const limits = { timeoutMs: 20_000, signal: new AbortController().signal };

/** Creates a repository to read, and a cache that reads it by its path. */
async function setUp() {
  const { folder: origin, url, git, write, commit } = createRepository();
  const program = await createGitProgram(join(temporaryFolder(), 'home'), { maxFileBytes: 2 ** 30 });
  const folder = join(temporaryFolder(), 'cache');
  const remote = { url, allowsFile: true };
  const openCache = (maxBytes = 2 ** 30) => openRepositoryCache(folder, program, { maxBytes });
  return { origin, git, write, commit, program, folder, remote, openCache };
}

test('lists branches and tags, tags by the commit they name', async () => {
  const { git, write, commit, program, remote } = await setUp();
  write('a', '1');
  const first = commit('first');
  git('tag', 'light');
  git('tag', '-a', 'heavy', '-m', 'note');
  git('branch', 'next');
  expect(await listRefs(program, remote, all, limits)).toEqual(
    ['refs/heads/main', 'refs/heads/next', 'refs/tags/heavy', 'refs/tags/light'].map((name) => ({
      name,
      commit: first,
    })),
  );
  expect(await listRefs(program, remote, { branches: true, tags: false, names: ['refs/heads/next'] }, limits)).toEqual([
    { name: 'refs/heads/next', commit: first },
  ]);
});

test('reads commits that were fetched, and knows which were not', async () => {
  const { git, write, commit, remote, openCache } = await setUp();
  write('a', '1');
  write('d/old', 'x');
  const first = commit('first\n\nbody');
  git('mv', 'd/old', 'd/new');
  write('ü', '1');
  const second = commit('second');
  git('checkout', '-q', '-b', 'side', first);
  write('side', '1');
  const side = commit('side');
  const cache = await openCache();
  await cache.use(remote, async (repository) => {
    await repository.fetchCommit(second, limits);
    await repository.fetchCommit('refs/heads/side', limits);
    expect(await repository.fetched(limits)).toBe(side);
    expect(await repository.has(side, limits)).toBe(true);
    expect(await repository.has('1'.repeat(40), limits)).toBe(false);
    expect(await readCommit(repository, first, limits)).toEqual({
      id: first,
      message: 'first\n\nbody',
      authorName: 'Ada',
      authorEmail: 'ada@example.com',
      authoredAt: '2026-01-02T03:04:05+01:00',
      committedAt: Date.parse('2026-01-03T00:00:00Z'),
    });
  });
});

test('packs the files of a commit as the service does', async () => {
  const { origin, git, write, commit, remote, openCache } = await setUp();
  write('plain.txt', 'text');
  write('run.sh', '#!/bin/sh');
  chmodSync(join(origin, 'run.sh'), 0o755);
  symlinkSync('/etc/passwd', join(origin, 'link'));
  write('d/.gitattributes', '* export-ignore');
  write('d/kept', 'yes');
  commit('files');
  git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
  git('commit', '-qm', 'module');
  const head = git('rev-parse', 'HEAD');
  const cache = await openCache();
  const packed = await cache.use(remote, async (repository) => {
    await repository.fetchCommit(head, limits);
    return buffer(await packTree(repository, { commit: head, committedAt: 0, maxBytes: 1000 }, limits));
  });
  expect(await unzip(packed)).toEqual({
    'd/.gitattributes': '* export-ignore',
    'd/kept': 'yes',
    link: '/etc/passwd',
    'module/': '40755 ',
    'plain.txt': 'text',
    'run.sh': '100755 #!/bin/sh',
  });
});

test.each(['..', '.', '.git', '.GIT', 'a/b', ''])('a tree with the name %j is refused', async (name) => {
  const { origin, git, write, commit, remote, openCache } = await setUp();
  write('a', '1');
  commit('first');
  const file = git('rev-parse', 'HEAD:a');
  const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(file, 'hex')]);
  writeFileSync(join(origin, 'tree'), entry);
  const tree = git('hash-object', '-t', 'tree', '-w', '--literally', 'tree');
  const head = git('commit-tree', tree, '-m', 'hostile');
  git('update-ref', 'refs/heads/hostile', head);
  const cache = await openCache();
  const packed = cache.use(remote, async (repository) => {
    await repository.fetchCommit(head, limits);
    return buffer(await packTree(repository, { commit: head, committedAt: 0, maxBytes: 1000 }, limits));
  });
  await expect(packed).rejects.toMatchObject({ name: 'GitError', failure: 'refused' });
});

test('folders may be relative to that of the process', async () => {
  const { write, commit, remote } = await setUp();
  write('a', '1');
  const head = commit('first');
  const folder = relative(process.cwd(), temporaryFolder());
  const program = await createGitProgram(join(folder, 'home'), { maxFileBytes: 2 ** 30 });
  const cache = await openRepositoryCache(join(folder, 'cache'), program, { maxBytes: 2 ** 30 });
  const read = cache.use(remote, async (repository) => {
    await repository.fetchCommit(head, limits);
    return readCommit(repository, head, limits);
  });
  expect((await read).id).toBe(head);
});

describe('limits', () => {
  test('a tree that is too large is refused', async () => {
    const { write, commit, remote, openCache } = await setUp();
    write('large', 'x'.repeat(2000));
    const head = commit('large');
    const cache = await openCache();
    const pack = cache.use(remote, async (repository) => {
      await repository.fetchCommit(head, limits);
      return buffer(await packTree(repository, { commit: head, committedAt: 0, maxBytes: 1000 }, limits));
    });
    await expect(pack).rejects.toMatchObject({ name: 'GitError', failure: 'too large' });
  });

  test('the cache keeps the repositories used last, and makes one anew that a killed process left locked', async () => {
    const { folder, write, commit, remote, openCache } = await setUp();
    const other = await setUp();
    for (const repository of [{ write, commit }, other]) {
      repository.write('a', '1');
      repository.commit('first');
    }
    const cache = await openCache(1);
    for (const from of [other.remote, remote])
      await cache.use(from, (repository) => repository.fetchCommit('HEAD', limits));
    expect(readdirSync(folder)).toEqual([]);
    const larger = await openCache();
    await larger.use(remote, (repository) => repository.fetchCommit('HEAD', limits));
    const [name = ''] = readdirSync(folder);
    writeFileSync(join(folder, name, 'shallow.lock'), '');
    const reopened = await openCache();
    expect(readdirSync(folder)).toEqual([]);
    await reopened.use(remote, (repository) => repository.fetchCommit('HEAD', limits));
  });

  test('an abort ends a call', async () => {
    const { program, remote } = await setUp();
    const over = AbortSignal.abort(new Error('stopped'));
    await expect(listRefs(program, remote, all, { ...limits, signal: over })).rejects.toThrow('stopped');
  });
});

describe('over HTTP', () => {
  const credential = { username: 'git', password: "p'a$s`s" };

  test('contents are fetched once they are packed, all in one call, with the password of this host', async () => {
    const { origin, write, commit, openCache } = await setUp();
    for (let number = 0; number < 20; number += 1) write(`f${number}`, `${number}`);
    const head = commit('files');
    const server = await serveGit(origin, { password: credential.password });
    const cache = await openCache();
    const remote = { url: `${server.url}/.git`, credential };
    const packed = await cache.use(remote, async (repository) => {
      await repository.fetchCommit(head, limits);
      const before = server.authorizations.length;
      const bytes = await buffer(await packTree(repository, { commit: head, committedAt: 0, maxBytes: 1000 }, limits));
      // Without a password, then with it, for each of the two requests of a call.
      expect(server.authorizations.length - before).toBeLessThanOrEqual(4);
      return bytes;
    });
    expect(Object.keys(await unzip(packed))).toHaveLength(20);
  });

  test('a wrong password is denied, and nothing of it is in the message', async () => {
    const { origin, write, commit, program } = await setUp();
    write('a', '1');
    commit('first');
    const server = await serveGit(origin, { password: 'right' });
    const denied = listRefs(program, { url: `${server.url}/.git`, credential }, all, limits);
    await expect(denied).rejects.toMatchObject({ failure: 'denied' });
    await expect(denied).rejects.not.toThrow(credential.password);
    await expect(listRefs(program, { url: `${server.url}/.git` }, all, limits)).rejects.toMatchObject({
      failure: 'denied',
    });
  });

  test('a redirect is refused, and its target gets no password', async () => {
    const { origin, program } = await setUp();
    const other = await serveGit(origin, { password: 'x' });
    const server = await serveGit(origin, {
      answer: (request, response) => {
        response.writeHead(302, { location: `${other.url}${request.url}` }).end();
        return true;
      },
    });
    const redirected = listRefs(program, { url: `${server.url}/.git`, credential }, all, limits);
    await expect(redirected).rejects.toMatchObject({ failure: 'refused', message: expect.stringContaining('302') });
    expect(other.authorizations).toEqual([]);
  });

  test.each([
    ['unreachable', 500],
    ['missing', 404],
    ['denied', 403],
  ])('a server is %s that answers %s', async (failure, status) => {
    const { origin, program } = await setUp();
    const answer = (_: unknown, response: ServerResponse) => {
      response.writeHead(status).end();
      return true;
    };
    const server = await serveGit(origin, { answer });
    await expect(listRefs(program, { url: `${server.url}/.git` }, all, limits)).rejects.toMatchObject({ failure });
  });

  test('a server that never ends its answer is too slow', async () => {
    const { origin, program } = await setUp();
    const server = await serveGit(origin, { answer: (_, response) => response.write('x') });
    const slow = listRefs(program, { url: `${server.url}/.git` }, all, { ...limits, timeoutMs: 300 });
    await expect(slow).rejects.toMatchObject({ failure: 'too slow' });
  });
});

describe('a server that sends without an end', () => {
  const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
  const forever = (response: ServerResponse, head: string, chunk: Buffer | string) => {
    response.write(head);
    const more = () => {
      while (!response.destroyed) if (!response.write(chunk)) return void response.once('drain', more);
    };
    more();
    return true;
  };

  test('branches: git stops at a limit of memory', async () => {
    const { origin, program } = await setUp();
    const some = Array.from({ length: 20_000 }, (_, at) => line(`${'a'.repeat(40)} refs/heads/${at}\n`)).join('');
    const server = await serveGit(origin, {
      answer(_, response) {
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
        const head = `${line('# service=git-upload-pack\n')}0000${line(`${'a'.repeat(40)} refs/heads/main\0multi_ack\n`)}`;
        return forever(response, head, some);
      },
    });
    await expect(listRefs(program, { url: `${server.url}/.git` }, all, limits)).rejects.toMatchObject({
      failure: 'too large',
      message: expect.stringContaining('into memory'),
    });
  });

  test('contents: git stops at a limit of file size', async () => {
    const { folder, origin, write, commit } = await setUp();
    write('large', Array.from({ length: 300_000 }, (_, at) => `${(at * 7919) % 104729}`).join());
    commit('large');
    const server = await serveGit(origin);
    const program = await createGitProgram(join(temporaryFolder(), 'home'), { maxFileBytes: 64 * 1024 });
    const cache = await openRepositoryCache(folder, program, { maxBytes: 2 ** 30 });
    const fetched = cache.use({ url: `${server.url}/.git` }, (repository) => repository.fetchAll(limits));
    await expect(fetched).rejects.toMatchObject({
      failure: 'too large',
      message: expect.stringContaining('--git-cache-mib'),
    });
  });
});

test.each([
  ['missing', { url: 'file:///nowhere/at/all', allowsFile: true }],
  ['refused', { url: 'file:///tmp' }],
  ['refused', { url: 'ext::sh -c id' }],
  ['refused', { url: '--upload-pack=id' }],
  ['refused', { url: 'example.com:--upload-pack=id' }],
  ['refused', { url: 'ssh://-oProxyCommand=id/x' }],
  ['refused', { url: 'https://user:secret@example.com/x.git' }],
  ['refused', { url: 'https://example.com/x.git', credential: { username: 'a\nb', password: 'c' } }],
  ['unreachable', { url: 'http://127.0.0.1:9/x.git' }],
])('%s: %j', async (failure, remote) => {
  const { program } = await setUp();
  await expect(listRefs(program, remote, all, limits)).rejects.toMatchObject({ name: 'GitError', failure });
});
