import { readdir, readlink } from 'node:fs/promises';

/** The paths of the files under a folder that a process has open. */
export async function openFilesUnder(pid: number, folder: string): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const paths = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(`${folder}/`));
}
