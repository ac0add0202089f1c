import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeTree } from '../builds/remove-tree.ts';
import type { BuildFolders } from '../cages/cage.ts';

/** The folders of one build on the runner's machine. */
export interface RunnerFolders {
  root: string;
  build: BuildFolders;
  downloads: string;
  /** What marks everything that the build starts. */
  mark: string;
}

/** The file with the mark of a folder's build, for a later runner that finds what a killed one left. */
export const buildMarkFile = 'build-mark';

/** Makes the folders of a build, which only this user can read. Names of secondary sources are checked by the server. */
export async function makeBuildFolders(
  workFolder: string,
  { id, attempt, secondary }: { id: string; attempt: number; secondary: readonly string[] },
): Promise<RunnerFolders> {
  const root = join(workFolder, `${id.slice(id.lastIndexOf(':') + 1)}-${attempt}`);
  await removeTree(root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  // Another runner of this machine may have the next attempt when what is left of this one is ended.
  const mark = `${id}/${attempt}/${basename(workFolder)}`;
  await writeFile(join(root, buildMarkFile), mark);
  const build: BuildFolders = {
    source: join(root, 'src'),
    secondarySources: Object.fromEntries(secondary.map((name) => [name, join(root, 'secSrc', name)])),
    temporary: join(root, 'tmp'),
    home: join(root, 'home'),
  };
  const downloads = join(root, 'downloads');
  const all = [build.source, build.temporary, build.home, downloads, ...Object.values(build.secondarySources)];
  for (const folder of all) await mkdir(folder, { recursive: true });
  return { root, build, downloads, mark };
}
