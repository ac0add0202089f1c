import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveLimits } from '../archives/archive-limits.ts';
import { unpackZip } from '../archives/unpack-zip.ts';
import { looksLikeZip } from '../archives/zip-reader.ts';
import { JobFailure } from '../job-failure.ts';
import type { ArtifactTransfer } from './artifact-transfer.ts';
import type { ArtifactFolder } from './work-folder.ts';

/** Downloads an input artifact into its folder; unpacks zip archives and keeps anything else as a file. */
export async function fetchArtifact(
  transfer: ArtifactTransfer,
  { folder, location, name }: ArtifactFolder,
  { limits, scratch, signal }: { limits: ArchiveLimits; scratch: string; signal: AbortSignal },
): Promise<void> {
  const file = join(scratch, name);
  await transfer.download(location, file, signal);
  if (!(await isZip(file))) {
    await rename(file, join(folder, fileNameOf(location.objectKey)));
    return;
  }
  try {
    await unpackZip(file, { folder, limits, signal });
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    throw new JobFailure(error.type, `Input artifact ${name}: ${error.message}`, error);
  }
  await rm(file);
}

async function isZip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return looksLikeZip(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** Returns the last part of the object key, unless it is no valid file name. */
function fileNameOf(objectKey: string): string {
  const last = objectKey.split('/').at(-1) ?? '';
  return last === '' || last === '.' || last === '..' || last.includes('\0') ? 'artifact' : last.slice(-200);
}
