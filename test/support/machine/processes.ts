import { readdir, readFile, readlink } from 'node:fs/promises';

const bytesPerKib = 1024;

/** The resident memory of a process of this machine, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  return readStatus(pid, 'VmRSS');
}

/** The most resident memory that a process has had so far, in bytes. */
export async function peakResidentBytes(pid: number): Promise<number> {
  return readStatus(pid, 'VmHWM');
}

async function readStatus(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(kib) * bytesPerKib;
}

/** The paths of the files under a folder that a process has open. */
export async function openFilesUnder(pid: number, folder: string): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const paths = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(`${folder}/`));
}
