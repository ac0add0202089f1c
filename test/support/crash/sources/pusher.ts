import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Chance } from '../../engine/random.ts';
import type { Push } from './pushed.ts';

const run = promisify(execFile);

/** Branches that are there from the start, so that no push to them creates one. */
export const featureBranches = ['refs/heads/feature/a', 'refs/heads/feature/b', 'refs/heads/feature/docs'];
export const mainBranch = 'refs/heads/main';
const docsBranch = 'refs/heads/feature/docs';

const longestPauseMs = 1500;
const mostTags = 4;

/** Pushes at random, until it is stopped. */
export interface Pusher {
  pushes: Push[];
  stop(): Promise<void>;
}

/** A commit to be written: on a ref, after another commit, with one file. */
interface Commit {
  ref: string;
  from?: string;
  file: string;
  isRewrite?: boolean;
}

/** Creates bare repositories with their branches; returns the first pushes. */
export async function createRepositories(root: string, names: string[]): Promise<Push[]> {
  const pushes: Push[] = [];
  for (const repository of names) {
    const folder = join(root, repository);
    await run('git', ['init', '-q', '--bare', '-b', 'main', folder]);
    await run('git', ['-C', folder, 'config', 'uploadpack.allowFilter', 'true']);
    await run('git', ['-C', folder, 'config', 'uploadpack.allowAnySHA1InWant', 'true']);
    const [first] = await write(root, repository, [{ ref: mainBranch, file: 'src/first' }]);
    const others = featureBranches.map((ref) => ({ ref, from: first?.commit, file: 'docs/first' }));
    pushes.push(...(first ? [first] : []), ...(await write(root, repository, others)));
  }
  return pushes;
}

/** Pushes to one repository after another, with pauses of random length. */
export function startPusher(root: string, names: string[], first: Push[], chance: Chance): Pusher {
  const pushes = [...first];
  let isStopped = false;
  const push = async (): Promise<void> => {
    for (let number = 1; !isStopped; number += 1) {
      const repository = chance.pick(names) ?? '';
      const commits = drawPush({ repository, pushes, chance, number });
      pushes.push(...(await write(root, repository, commits)));
      await pause(chance.below(longestPauseMs));
    }
  };
  const pushing = push();
  return {
    pushes,
    async stop() {
      isStopped = true;
      await pushing;
    },
  };
}

/** Draws what one push does: some commits on a branch, a rewritten branch, or some tags at once. */
function drawPush({
  repository,
  pushes,
  chance,
  number,
}: {
  repository: string;
  pushes: Push[];
  chance: Chance;
  number: number;
}): Commit[] {
  const heads = (ref: string) => pushes.filter((push) => push.repository === repository && push.ref === ref);
  const head = (ref: string) => heads(ref).at(-1)?.commit;
  if (chance.oneIn(4)) {
    return Array.from({ length: 1 + chance.below(mostTags) }, (_, index) => ({
      ref: `refs/tags/v${number}.${index}`,
      from: head(mainBranch),
      file: 'src/version',
    }));
  }
  const ref = chance.pick([mainBranch, ...featureBranches]) ?? mainBranch;
  const isOfSource = ref !== docsBranch && !chance.oneIn(3);
  if (isOfSource && heads(ref).length > 2 && chance.oneIn(5)) {
    return [{ ref, from: heads(ref).at(-3)?.commit, file: 'src/rewritten', isRewrite: true }];
  }
  return [{ ref, from: head(ref), file: isOfSource ? 'src/part' : 'docs/page' }];
}

/** Writes commits with one call, which moves all refs at its end; returns them with their ids. */
async function write(root: string, repository: string, commits: Commit[]): Promise<Push[]> {
  const child = spawn('git', ['-C', join(root, repository), 'fast-import', '--quiet', '--force', '--cat-blob-fd=1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for (const [index, { ref, from, file }] of commits.entries()) {
    serial += 1;
    const content = `change ${serial}\n`;
    const lines = [`commit ${ref}`, `mark :${index + 1}`, 'committer Ada <ada@example.com> 1770000000 +0000'];
    lines.push(`data ${content.length}`, content, ...(from === undefined ? [] : [`from ${from}`]));
    lines.push(`M 644 inline ${file}-${serial}`, `data ${content.length}`, content, `get-mark :${index + 1}`);
    child.stdin.write(`${lines.join('\n')}\n`);
  }
  child.stdin.end();
  let printed = '';
  for await (const chunk of child.stdout) printed += String(chunk);
  if ((await exited) !== 0) throw new Error('git could not write commits');
  const ids = printed.trim().split('\n');
  return commits.map(({ ref, file, isRewrite = false }, index) => {
    return { repository, ref, commit: ids[index] ?? '', isOfSource: file.startsWith('src/'), isRewrite };
  });
}

/** Makes the content of each commit its own, and so its id. */
let serial = 0;
