import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { listFolder, type PackedEntry } from './list-files.ts';

/**
 * Packs a folder into a zip stream, with modes and empty folders, keeping one file open at a time. Symbolic links are
 * followed and the bytes of their targets stored. Throws JobFailure for loops, dangling links, sockets and devices.
 */
export async function packFolder(folder: string): Promise<Readable> {
  return packEntries(await listFolder(folder));
}

/** Packs listed files and folders into a zip stream. */
export function packEntries(entries: readonly PackedEntry[]): Readable {
  const zip = new ZipFile();
  const stream = zip.outputStream as Readable;
  let open: Readable | undefined;
  // A file may disappear before there is a listener; a later reader still gets the error.
  stream.on('error', () => undefined);
  zip.on('error', (error: Error) => stream.destroy(error));
  stream.on('close', () => open?.destroy());
  for (const { isFolder, linkTarget, mode, modifiedAt, name, path, sizeBytes } of entries) {
    const mtime = new Date(modifiedAt);
    if (isFolder) zip.addEmptyDirectory(name, { mode, mtime });
    else if (linkTarget !== undefined) zip.addBuffer(Buffer.from(linkTarget), name, { mode, mtime });
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
