import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GitCall, GitProgram } from './git-program.ts';
import { isRefName } from './ref-name.ts';
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

/** Which refs of a repository are wanted: of a kind, all or those with one of the full names. */
export interface WantedRefs {
  branches: boolean;
  tags: boolean;
  names?: string[];
}

/** More than git needs for the longest list that is read. */
const listMemoryMib = 512;

/** Lines of a list that are read before other work gets its turn. */
const linesAtOnce = 2000;

/**
 * Lists branches and tags of a repository; tags by the commit that they name. Names that Git itself refuses, and those of
 * more than 1,000 bytes, are left out.
 */
export async function listRefs(
  program: GitProgram,
  remote: GitRemote,
  { branches, tags, names = [] }: WantedRefs,
  limits: CallLimits,
): Promise<Ref[]> {
  const kinds = [...(branches ? ['--heads'] : []), ...(tags ? ['--tags'] : [])];
  // Without a kind git would list everything.
  if (kinds.length === 0) return [];
  const printed = await callRemote(program, remote, {
    what: `read the branches of ${remote.url}`,
    args: ['ls-remote', ...kinds, '--end-of-options', remote.url, ...names],
    memoryMib: listMemoryMib,
    ...limits,
  });
  const refs = new Map<string, string>();
  let lines = 0;
  for (let from = 0; from < printed.length; ) {
    const newline = printed.indexOf(10, from);
    const to = newline < 0 ? printed.length : newline;
    const [object = '', name = ''] = printed.toString('utf8', from, to).split('\t');
    from = to + 1;
    lines += 1;
    if (lines % linesAtOnce === 0) await nextTurn();
    // An annotated tag is an object of its own; the line after it names its commit.
    const ref = name.replace(/\^\{\}$/, '');
    if (/^[0-9a-f]{40,64}$/.test(object) && isRefName(ref)) refs.set(ref, object);
  }
  return [...refs].map(([name, commit]) => ({ name, commit }));
}
