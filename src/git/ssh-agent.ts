import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitError } from './git-error.ts';
import type { GitRemote } from './remote.ts';

/** How long an agent may take to start and to take a key. */
const agentTimeoutMs = 10_000;

/**
 * Runs `work` with the environment that lets `git` reach a host by SSH: the key is in an agent of its own, which ends with
 * the work, and never on disk; only the remote's known hosts are trusted.
 */
export async function withSsh<Result>(
  { credential, knownHosts = '' }: GitRemote,
  work: (environment: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  // A socket's path has at most 107 bytes, so it is not in the data folder.
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ssh-'));
  const knownHostsFile = join(folder, 'known_hosts');
  const socket = join(folder, 'agent');
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHostsFile}`,
    'GlobalKnownHostsFile=/dev/null',
    'PreferredAuthentications=publickey',
    'ConnectTimeout=20',
  ];
  const command = (agent: string) =>
    `ssh -F /dev/null ${[...options, `IdentityAgent=${agent}`].map((option) => `-o ${option}`).join(' ')}`;
  let agent: ReturnType<typeof spawn> | undefined;
  try {
    await writeFile(knownHostsFile, `${knownHosts}\n`, { mode: 0o600 });
    if (credential === undefined || !('privateKey' in credential))
      return await work({ GIT_SSH_COMMAND: command('none') });
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await agentReady(agent);
    await addKey(socket, credential.privateKey);
    return await work({ GIT_SSH_COMMAND: command(socket) });
  } finally {
    agent?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves when the agent has printed its address, which it does once it listens. */
function agentReady(agent: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new GitError('not installed', `The SSH key cannot be used: ${reason}.`));
    const timer = setTimeout(() => fail('ssh-agent does not start'), agentTimeoutMs);
    agent.once('error', () => fail("the program 'ssh-agent' is not installed on this server"));
    agent.once('exit', () => fail('ssh-agent ended'));
    agent.stdout?.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function addKey(socket: string, privateKey: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh-add', ['-q', '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: agentTimeoutMs,
      env: { PATH: process.env.PATH, SSH_AUTH_SOCK: socket, SSH_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never' },
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new GitError('refused', 'The SSH key cannot be used: it is not a private key without a passphrase.'));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(privateKey.endsWith('\n') ? privateKey : `${privateKey}\n`);
  });
}
