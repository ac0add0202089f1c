import { createWriteStream } from 'node:fs';
import { chmod, mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { JobFailure } from './job-failure.ts';
import { MalformedArchiveError, readZip, type ZipEntry } from './zip-reader.ts';

/** Most entries of an archive that is unpacked. */
export const maxZipEntries = 100_000;
/** Most bytes an archive may grow to on disk. */
export const maxUnpackedBytes = 64 * 1024 ** 3;
const maxLinkTargetBytes = 4096;

const typeBits = 0o170000;
const regularType = 0o100000;
const folderType = 0o040000;
const linkType = 0o120000;

/**
 * Unpacks a zip file into an empty folder with its modes (no setuid bits). Refuses, with JobFailure, names and symbolic
 * links that lead out of the folder, devices, and archives beyond the limits above.
 */
export async function unpackZip(file: string, folder: string, signal?: AbortSignal): Promise<void> {
  // Links are made last: as long as none exists, no name can be written through one.
  const links: { path: string; target: string }[] = [];
  let entries = 0;
  let bytes = 0;
  try {
    for await (const entry of readZip(file)) {
      entries += 1;
      bytes += entry.sizeBytes;
      if (entries > maxZipEntries) throw refused(`it has more than ${maxZipEntries} entries`);
      if (bytes > maxUnpackedBytes) throw refused(`it grows to more than ${maxUnpackedBytes} bytes`);
      const path = safePath(entry.name);
      const type = typeOf(entry);
      if (path === '') continue;
      if (type === folderType) await makeFolder(join(folder, path), entry);
      else if (type === linkType) links.push({ path, target: await linkTarget(entry, path) });
      else await writeFile(join(folder, path), entry, signal);
    }
    for (const { path, target } of links) await makeLink(folder, path, target);
  } catch (error) {
    throw asJobFailure(error);
  }
}

/** The name as a relative path without `.` segments; '' for the folder itself. */
function safePath(name: string): string {
  if (name.includes('\0')) throw refused(`the name of entry ${JSON.stringify(name)} is not allowed`);
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) throw refused(`entry ${name} has an absolute path`);
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw refused(`entry ${name} leads out of the folder`);
  return segments.join('/');
}

function typeOf({ name, unixMode = 0 }: ZipEntry): number {
  if (name.endsWith('/')) return folderType;
  const type = unixMode & typeBits || regularType;
  if (type === folderType || type === linkType || type === regularType) return type;
  throw refused(`entry ${name} is neither a file nor a folder nor a symbolic link`);
}

async function makeFolder(path: string, { unixMode = 0o755 }: ZipEntry): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, (unixMode & 0o777) | 0o700);
}

async function writeFile(path: string, entry: ZipEntry, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(await entry.open(), createWriteStream(path), { signal });
  await chmod(path, ((entry.unixMode ?? 0o644) & 0o777) | 0o600);
}

/**
 * A target may climb only at its beginning, and not above the folder. The link's own folder is a real one, so climbing
 * is exact; the names after it lead downward or through other links, which obey the same rule.
 */
async function linkTarget(entry: ZipEntry, path: string): Promise<string> {
  if (entry.sizeBytes > maxLinkTargetBytes) throw refused(`the target of link ${path} is too long`);
  const target = await text(await entry.open());
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstName = segments.findIndex((segment) => segment !== '..');
  const climbs = firstName === -1 ? segments.length : firstName;
  const depth = path.split('/').length - 1;
  const climbsLater = segments.slice(climbs).includes('..');
  if (target === '' || target.includes('\0') || target.startsWith('/') || climbs > depth || climbsLater) {
    throw refused(`symbolic link ${path} leads out of the folder`);
  }
  return target;
}

async function makeLink(folder: string, path: string, target: string): Promise<void> {
  // A parent that is itself a link would move the place from which the target climbs.
  const parent = dirname(join(folder, path));
  await mkdir(parent, { recursive: true });
  if ((await realpath(parent)) !== join(await realpath(folder), dirname(path))) {
    throw refused(`symbolic link ${path} lies behind another symbolic link`);
  }
  await symlink(target, join(folder, path));
}

function refused(why: string): JobFailure {
  return new JobFailure('JobFailed', `The archive was not unpacked: ${why}.`);
}

/** Entries that contradict each other (a file that is also a folder, a name given twice) surface as these. */
const contradictions = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP']);

function asJobFailure(error: unknown): unknown {
  if (error instanceof MalformedArchiveError) {
    return new JobFailure('JobFailed', `The archive is malformed: ${error.message}.`, error);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return contradictions.has(code) ? refused(`its entries contradict each other (${code})`) : error;
}
