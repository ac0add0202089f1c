import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { JobFailure } from './job-failure.ts';

/** Most files and folders of an artifact that is packed. */
export const maxPackedEntries = 100_000;

interface PackedEntry {
  /** Path inside the archive, with slashes. */
  name: string;
  path: string;
  isFolder: boolean;
  mode: number;
  modifiedAt: number;
  sizeBytes: number;
}

/**
 * Packs what is in a folder into a zip stream, with modes and empty folders, holding one file open at a time. Symbolic
 * links are followed: the bytes behind them are stored. Throws JobFailure for loops, dangling links, sockets, devices.
 */
export async function packFolder(folder: string): Promise<Readable> {
  const entries: PackedEntry[] = [];
  await listFolder(folder, '', [], entries);
  const zip = new ZipFile();
  const stream = zip.outputStream as Readable;
  let open: Readable | undefined;
  // A file may vanish before anybody listens; whoever reads later meets the error all the same.
  stream.on('error', () => undefined);
  zip.on('error', (error: Error) => stream.destroy(error));
  stream.on('close', () => open?.destroy());
  for (const { isFolder, mode, modifiedAt, name, path, sizeBytes } of entries) {
    const mtime = new Date(modifiedAt);
    if (isFolder) zip.addEmptyDirectory(name, { mode, mtime });
    else {
      zip.addReadStreamLazy(name, { mode, mtime, size: sizeBytes }, (give) => {
        open = createReadStream(path);
        open.on('error', (error) => zip.emit('error', error));
        give(null, open);
      });
    }
  }
  zip.end();
  return stream;
}

/** Whether a folder holds anything at all; false as well when there is no such folder. */
export async function hasContent(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch {
    return false;
  }
}

/** `above` holds the real paths of the folders on the way down, by which a loop of links is noticed. */
async function listFolder(folder: string, prefix: string, above: string[], entries: PackedEntry[]): Promise<void> {
  const here = await realpath(folder);
  if (above.includes(here)) throw refused(`the symbolic link ${prefix || '.'} leads back to a folder it lies in`);
  for (const child of (await readdir(folder)).sort()) {
    const path = join(folder, child);
    const name = `${prefix}${child}`;
    const status = await stat(path).catch((error: Error) => {
      throw refused(`${name} cannot be read, or is a symbolic link to nothing (${error.message})`);
    });
    if (!status.isFile() && !status.isDirectory()) throw refused(`${name} is neither a file nor a folder`);
    if (entries.length >= maxPackedEntries) throw refused(`it has more than ${maxPackedEntries} files and folders`);
    const { mode, mtimeMs: modifiedAt, size: sizeBytes } = status;
    entries.push({ name, path, isFolder: status.isDirectory(), mode, modifiedAt, sizeBytes });
    if (status.isDirectory()) await listFolder(path, `${name}/`, [...above, here], entries);
  }
}

function refused(why: string): JobFailure {
  return new JobFailure('JobFailed', `The output folder was not packed: ${why}.`);
}
