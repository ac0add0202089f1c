import type { ArtifactTransfer } from './artifact-transfer.ts';
import { JobFailure } from './job-failure.ts';
import { hasContent, packFolder } from './pack-folder.ts';
import type { ArtifactFolder } from './work-folder.ts';

/**
 * Packs an output folder and uploads it. An empty one is an error, since the reference checks nothing at this point and
 * the next action would fail with a far less helpful message (behaviour A.6).
 */
export async function storeArtifact(
  transfer: ArtifactTransfer,
  { folder, location, name }: ArtifactFolder,
  signal: AbortSignal,
): Promise<void> {
  if (!(await hasContent(folder))) {
    const message = `The command left nothing in the folder of output artifact ${name}.`;
    throw new JobFailure('ConfigurationError', message);
  }
  try {
    await transfer.upload(location, await packFolder(folder), signal);
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    throw new JobFailure(error.type, `Output artifact ${name}: ${error.message}`, error);
  }
}
