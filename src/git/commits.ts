import type { CallLimits } from './git.ts';
import type { CachedRepository } from './repository-cache.ts';

/** A commit as people know it. */
export interface Commit {
  id: string;
  message: string;
  authorName: string;
  authorEmail: string;
  /** ISO 8601, as the author's clock had it. */
  authoredAt: string;
  /** Milliseconds since the epoch. */
  committedAt: number;
}

/** Reads a commit that was fetched. */
export async function readCommit(
  { program, folder }: CachedRepository,
  commit: string,
  limits: CallLimits,
): Promise<Commit> {
  const printed = await program.run({
    what: `read the commit ${commit}`,
    args: [
      'log',
      '-1',
      '--no-show-signature',
      '--format=%H%x00%an%x00%ae%x00%aI%x00%ct%x00%B',
      '--end-of-options',
      commit,
    ],
    repository: folder,
    ...limits,
  });
  const [id = '', authorName = '', authorEmail = '', authoredAt = '', seconds = '', message = ''] = printed
    .toString('utf8')
    .split('\0');
  return { id, authorName, authorEmail, authoredAt, committedAt: Number(seconds) * 1000, message: message.trimEnd() };
}
