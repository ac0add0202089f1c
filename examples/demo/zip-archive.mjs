// Packs folders into zip archives and back, in memory, since the archives of the examples are small.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fromBufferPromise } from 'yauzl';
import { ZipFile } from 'yazl';

/** Returns the files of a folder by relative path, with slashes. */
export async function readFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(paths.sort().map(async (path) => [relative(folder, path), await readFile(path)]));
  return new Map(files.map(([path, content]) => [path.split(sep).join('/'), content]));
}

/** Returns a zip archive with these files. */
export async function zipFiles(files) {
  const zip = new ZipFile();
  for (const [path, content] of files) zip.addBuffer(content, path);
  zip.end();
  return readAll(zip.outputStream);
}

/** Writes the files of an archive, which must be trusted, into a folder and returns their paths. */
export async function unzipInto(folder, bytes) {
  const archive = await fromBufferPromise(Buffer.from(bytes), { lazyEntries: true });
  const paths = [];
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const path = join(folder, entry.fileName);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await readAll(await archive.openReadStreamPromise(entry)));
    paths.push(entry.fileName);
  }
  return paths;
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
