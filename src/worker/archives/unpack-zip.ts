import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { JobFailure } from '../job-failure.ts';
import { MalformedArchiveError, RefusedArchiveError, shownName } from './archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { readZip, type ZipEntry } from './zip-reader.ts';

const maxLinkTargetBytes = 4096;
/** What common file systems accept: one name, and a path that fits below the folder of the job. */
const maxNameBytes = 255;
const maxPathBytes = 2048;

const typeBits = 0o170000;
const regularType = 0o100000;
const folderType = 0o040000;
const linkType = 0o120000;

/** Where to unpack, and how much. */
export interface Unpacking {
  /** Empty or missing. */
  folder: string;
  limits: ArchiveLimits;
  signal?: AbortSignal;
}

/**
 * Unpacks a zip file into an empty folder with its modes, without setuid bits. Throws JobFailure, and leaves the folder
 * empty, for archives beyond the limits, names and symbolic links that lead out of the folder, devices and duplicate
 * names.
 */
export async function unpackZip(file: string, { folder, limits, signal }: Unpacking): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`The folder ${folder} is not empty.`);
  try {
    await writeEntries(file, { folder, limits, signal });
  } catch (error) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
    throw asJobFailure(error);
  }
}

async function writeEntries(file: string, { folder, limits, signal }: Unpacking): Promise<void> {
  // Links are created last, so that no entry can be written through one.
  const links: { path: string; target: string }[] = [];
  for await (const entry of readZip(file, limits)) {
    signal?.throwIfAborted();
    const path = safePath(entry.name);
    const type = typeOf(entry);
    if (path === '') continue;
    if (type === folderType) await makeFolder(join(folder, path), entry);
    else if (type === linkType) links.push({ path, target: await linkTarget(entry, path) });
    else await writeFile(join(folder, path), entry, signal);
  }
  for (const { path, target } of links) await makeLink(folder, path, target);
}

/** Returns the name as a relative path without `.` segments; '' is the folder itself. */
function safePath(name: string): string {
  const shown = shownName(name);
  if (name.includes('\0')) throw new RefusedArchiveError(`the name of entry ${shown} is not allowed`);
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) {
    throw new RefusedArchiveError(`entry ${shown} has an absolute path`);
  }
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw new RefusedArchiveError(`entry ${shown} leads out of the folder`);
  const path = segments.join('/');
  if (Buffer.byteLength(path) > maxPathBytes || segments.some((segment) => Buffer.byteLength(segment) > maxNameBytes)) {
    throw new RefusedArchiveError(`the name of entry ${shown} is too long`);
  }
  return path;
}

function typeOf({ name, unixMode = 0 }: ZipEntry): number {
  if (name.endsWith('/')) return folderType;
  const type = unixMode & typeBits || regularType;
  if (type === folderType || type === linkType || type === regularType) return type;
  throw new RefusedArchiveError(`entry ${shownName(name)} is neither a file nor a folder nor a symbolic link`);
}

async function makeFolder(path: string, { unixMode = 0o755 }: ZipEntry): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, (unixMode & 0o777) | 0o700);
}

/** Writes a file; the flag rejects an existing name, also in another case if the file system ignores case. */
async function writeFile(path: string, entry: ZipEntry, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(await entry.open(), createWriteStream(path, { flags: 'wx' }), { signal });
  await chmod(path, ((entry.unixMode ?? 0o644) & 0o777) | 0o600);
}

/**
 * Returns the target of a link. It may climb only at its beginning, and not above the folder. The link's own folder is
 * a real one, so climbing is exact; the following names lead downward or through links under the same rule.
 */
async function linkTarget(entry: ZipEntry, path: string): Promise<string> {
  if (entry.sizeBytes > maxLinkTargetBytes)
    throw new RefusedArchiveError(`the target of link ${shownName(path)} is too long`);
  const target = await text(await entry.open());
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstName = segments.findIndex((segment) => segment !== '..');
  const climbs = firstName === -1 ? segments.length : firstName;
  const depth = path.split('/').length - 1;
  const climbsLater = segments.slice(climbs).includes('..');
  if (target === '' || target.includes('\0') || target.startsWith('/') || climbs > depth || climbsLater) {
    throw new RefusedArchiveError(`symbolic link ${shownName(path)} leads out of the folder`);
  }
  return target;
}

async function makeLink(folder: string, path: string, target: string): Promise<void> {
  // If a parent were a link, the target would climb from another place.
  const parent = dirname(join(folder, path));
  await mkdir(parent, { recursive: true });
  if ((await realpath(parent)) !== join(await realpath(folder), dirname(path))) {
    throw new RefusedArchiveError(`symbolic link ${shownName(path)} is behind another symbolic link`);
  }
  await symlink(target, join(folder, path));
}

/** Error codes of contradicting entries: a file that is also a folder, a duplicate name. */
const contradictions = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP']);

function asJobFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (contradictions.has(code)) return notUnpacked(`its entries contradict each other (${code})`, error);
  if (error instanceof RefusedArchiveError) return notUnpacked(error.message, error);
  if (!(error instanceof MalformedArchiveError)) return error;
  return new JobFailure('JobFailed', `The archive is malformed: ${error.message}.`, error);
}

function notUnpacked(why: string, cause: unknown): JobFailure {
  return new JobFailure('JobFailed', `The archive was not unpacked: ${why}.`, cause);
}
