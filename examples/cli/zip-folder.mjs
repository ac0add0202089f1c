// Packs the content of a folder into a zip file: node examples/cli/zip-folder.mjs FOLDER FILE
// Not every machine has `zip`. The paths in the archive are relative to the folder.
import { writeFile } from 'node:fs/promises';
import { readFiles, zipFiles } from '../demo/zip-archive.mjs';

const [folder, file] = process.argv.slice(2);
if (folder === undefined || file === undefined) {
  console.error('Usage: node examples/cli/zip-folder.mjs FOLDER FILE');
  process.exit(2);
}
await writeFile(file, await zipFiles(await readFiles(folder)));
