import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { packFolder } from '../../../src/worker/archives/pack-folder.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Returns the archive of files by their names. */
export async function zipOf(files: Record<string, string>): Promise<Buffer> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return buffer(await packFolder(folder));
}
