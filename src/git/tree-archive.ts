import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { CallLimits } from './git.ts';
import { GitError } from './git-error.ts';
import { createObjectReader } from './object-reader.ts';
import type { CachedRepository } from './repository-cache.ts';

/** A file of a tree; folders of other repositories are entries without an object. */
interface TreeEntry {
  path: string;
  object?: string;
  isExecutable: boolean;
}

const executable = 0o100755;
const regular = 0o100644;
const emptyFolder = 0o40755;

/**
 * Packs the files of a commit into a zip stream: executable bits are kept, symbolic links are stored as text files with
 * their target, as the service does, and submodules are empty folders. Attributes of the repository change nothing.
 * Rejects names that could leave the folder they are unpacked into, and trees of more than `maxBytes`.
 */
export async function packTree(
  repository: CachedRepository,
  { commit, committedAt, maxBytes }: { commit: string; committedAt: number; maxBytes: number },
  limits: CallLimits,
): Promise<Readable> {
  const entries = await listTree(repository, commit, limits);
  await fetchMissing(repository, commit, limits);
  const reader = createObjectReader(repository, { what: `read the files of ${commit}`, maxBytes }, limits);
  const zip = new ZipFile();
  const stream = zip.outputStream as Readable;
  // The reader of the stream may come later than an error.
  stream.on('error', () => undefined);
  stream.on('close', () => reader.close());
  zip.on('error', (error: Error) => stream.destroy(error));
  const mtime = new Date(committedAt);
  for (const { path, object, isExecutable } of entries) {
    if (object === undefined) {
      zip.addEmptyDirectory(path, { mtime, mode: emptyFolder });
      continue;
    }
    zip.addReadStreamLazy(path, { mtime, mode: isExecutable ? executable : regular }, (give) => {
      reader.read(object).then(
        (content) => give(null, content),
        (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }
  zip.end();
  return stream;
}

async function listTree(
  { program, folder }: CachedRepository,
  commit: string,
  limits: CallLimits,
): Promise<TreeEntry[]> {
  const printed = await program.run({
    what: `list the files of ${commit}`,
    args: ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', commit],
    repository: folder,
    ...limits,
  });
  const entries: TreeEntry[] = [];
  for (let from = 0; from < printed.length; ) {
    const end = printed.indexOf(0, from);
    const line = printed.subarray(from, end);
    from = end + 1;
    const tab = line.indexOf('\t');
    const [mode = '', type = '', object = ''] = line.toString('latin1', 0, tab).split(' ');
    const name = line.subarray(tab + 1);
    const path = name.toString('utf8');
    const mistake = pathMistake(path, name);
    if (mistake !== undefined) {
      throw new GitError('refused', `The file ${JSON.stringify(path)} of ${commit} cannot be packed: ${mistake}.`);
    }
    entries.push({ path, isExecutable: mode === '100755', ...(type === 'blob' && { object }) });
  }
  return entries;
}

/** Says why a path can't be in an archive, as the end of a sentence. */
function pathMistake(path: string, bytes: Buffer): string | undefined {
  if (!Buffer.from(path, 'utf8').equals(bytes)) return 'its name is not UTF-8';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'its path is absolute';
  if (path.includes('\\')) return 'its name has a backslash, which some systems take for a folder';
  if (path.split('/').some((part) => part === '..' || part === '.' || part === '')) return 'its path leaves its folder';
  if (path.split('/').some((part) => part.toLowerCase() === '.git'))
    return 'it would change the repository it is unpacked into';
  return undefined;
}

/** Fetches the contents that a repository without them lacks, all in one call. */
async function fetchMissing(repository: CachedRepository, commit: string, limits: CallLimits): Promise<void> {
  const { program, folder } = repository;
  const printed = await program.run({
    what: `list the files of ${commit}`,
    args: ['rev-list', '--objects', '--no-walk', '--missing=print', '--no-object-names', '--end-of-options', commit],
    repository: folder,
    ...limits,
  });
  const missing = printed
    .toString('latin1')
    .split('\n')
    .flatMap((line) => (line.startsWith('?') ? line.slice(1) : []));
  if (missing.length === 0) return;
  try {
    await repository.fetch(missing, limits);
  } catch (error) {
    // Over SSH most servers speak the older protocol, which gives only what branches name.
    if (!(error instanceof GitError) || error.failure !== 'missing') throw error;
    await repository.fetchAll(limits);
  }
}
