import type { GitCall, GitProgram } from './git-program.ts';
import { checkRemote, type GitRemote, isSsh, passwordOf } from './remote.ts';
import { withSsh } from './ssh-agent.ts';

/** Limits of a call that reaches another server. */
export interface CallLimits {
  timeoutMs: number;
  signal: AbortSignal;
}

/** Runs a command of `git` that reaches the remote, with its credentials. The command's first word is its name. */
export async function callRemote(
  program: GitProgram,
  remote: GitRemote,
  call: Omit<GitCall, 'environment'>,
): Promise<Buffer> {
  checkRemote(remote);
  const { args, environment } = passwordOf(remote);
  const options = [...args, ...(remote.allowsFile ? ['-c', 'protocol.file.allow=always'] : [])];
  const run = (more: Record<string, string>) =>
    program.run({ ...call, args: [...options, ...call.args], environment: { ...environment, ...more } });
  return isSsh(remote.url) ? withSsh(remote, run) : run({});
}

/** A branch or tag, and the commit it names. */
export interface Ref {
  /** Such as `refs/heads/main`. */
  name: string;
  commit: string;
}

/** Lists branches and tags of a repository that match the patterns, all of them without one; tags by their commit. */
export async function listRefs(
  program: GitProgram,
  remote: GitRemote,
  patterns: string[],
  limits: CallLimits,
): Promise<Ref[]> {
  const printed = await callRemote(program, remote, {
    what: `read the branches of ${remote.url}`,
    args: ['ls-remote', '--heads', '--tags', '--end-of-options', remote.url, ...patterns],
    ...limits,
  });
  const refs = new Map<string, string>();
  for (const line of printed.toString('utf8').split('\n')) {
    const [object = '', name = ''] = line.split('\t');
    if (!/^[0-9a-f]{40,64}$/.test(object) || !name.startsWith('refs/')) continue;
    // An annotated tag is an object of its own; the line after it names its commit.
    refs.set(name.replace(/\^\{\}$/, ''), object);
  }
  return [...refs].map(([name, commit]) => ({ name, commit }));
}
