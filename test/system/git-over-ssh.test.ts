import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listRefs } from '../../src/git/git.ts';
import { createGitProgram } from '../../src/git/git-program.ts';
import { openRepositoryCache } from '../../src/git/repository-cache.ts';
import { packTree } from '../../src/git/tree-archive.ts';
import { createRepository, unzip } from '../support/git/repository.ts';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { freePorts } from '../support/servers/free-port.ts';

const all = { branches: true, tags: true };
const limits = { timeoutMs: 20_000, signal: new AbortController().signal };

/** Starts an SSH server for this user, with a key for the host and one that may log in. */
async function startSshServer() {
  const folder = temporaryFolder();
  const makeKey = (name: string) => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
    return { file: join(folder, name), text: (suffix = '') => readFileSync(join(folder, `${name}${suffix}`), 'utf8') };
  };
  const [host, user, stranger] = [makeKey('host'), makeKey('user'), makeKey('stranger')];
  const [port = 0] = await freePorts(1);
  // The service's start script makes it.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${host.file}`,
    `AuthorizedKeysFile ${user.file}.pub`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
  ];
  writeFileSync(join(folder, 'config'), `${settings.join('\n')}\n`);
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' });
  onTestFinished(async () => {
    server.kill();
    await once(server, 'exit');
  });
  await vi.waitFor(async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  });
  const knownHosts = (key: string) => `[127.0.0.1]:${port} ${key}`;
  return {
    address: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    privateKey: user.text(),
    strangersKey: stranger.text(),
    knownHosts: knownHosts(host.text('.pub')),
    foreignHosts: knownHosts(stranger.text('.pub')),
  };
}

test('a repository is read over SSH with the key of its resource, from the host of its resource', async () => {
  const ssh = await startSshServer();
  const repository = createRepository();
  repository.write('readme.txt', 'over ssh');
  const head = repository.commit('first');
  const program = await createGitProgram(join(temporaryFolder(), 'home'), { maxFileBytes: 2 ** 30 });
  const cache = await openRepositoryCache(join(temporaryFolder(), 'cache'), program, { maxBytes: 2 ** 30 });
  const url = `${ssh.address}${repository.folder}`;
  const remote = { url, credential: { privateKey: ssh.privateKey }, knownHosts: ssh.knownHosts };
  expect(await listRefs(program, remote, all, limits)).toEqual([{ name: 'refs/heads/main', commit: head }]);
  const packed = await cache.use(remote, async (cached) => {
    await cached.fetchCommit(head, limits);
    return buffer(await packTree(cached, { commit: head, committedAt: 0, maxBytes: 1000 }, limits));
  });
  expect(await unzip(packed)).toEqual({ 'readme.txt': 'over ssh' });

  const denied = { failure: 'denied' };
  const foreignHost = { ...remote, knownHosts: ssh.foreignHosts };
  await expect(listRefs(program, foreignHost, all, limits)).rejects.toMatchObject(denied);
  const foreignKey = { ...remote, credential: { privateKey: ssh.strangersKey } };
  await expect(listRefs(program, foreignKey, all, limits)).rejects.toMatchObject(denied);
  await expect(listRefs(program, { url, knownHosts: ssh.knownHosts }, all, limits)).rejects.toMatchObject(denied);
  const noKey = { ...remote, credential: { privateKey: 'not a key' } };
  await expect(listRefs(program, noKey, all, limits)).rejects.toMatchObject({ failure: 'refused' });
});
