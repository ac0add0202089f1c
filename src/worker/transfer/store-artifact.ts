import { listFolder, listMatches } from '../archives/list-files.ts';
import { packEntries } from '../archives/pack-folder.ts';
import { JobFailure } from '../job-failure.ts';
import type { ArtifactTransfer } from './artifact-transfer.ts';
import type { ArtifactFolder } from './work-folder.ts';

/** What becomes an output artifact: its whole folder, or what matches `patterns` below `from`. */
export interface Selection {
  from: string;
  patterns: readonly string[] | undefined;
}

/**
 * Packs an output artifact and uploads it. An empty one is an error: AWS does not check it, so the next action would
 * fail with a far less helpful message (behaviour A.6).
 */
export async function storeArtifact(
  transfer: ArtifactTransfer,
  { folder, location, name }: ArtifactFolder,
  { from, patterns }: Selection,
  signal: AbortSignal,
): Promise<void> {
  try {
    const entries = patterns ? await listMatches(from, patterns) : await listFolder(folder);
    if (entries.length === 0) {
      const why = patterns ? `nothing matches ${patterns.join(', ')}` : 'the command left nothing in its folder';
      throw new JobFailure('ConfigurationError', `${why}.`);
    }
    await transfer.upload(location, packEntries(entries), signal);
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    throw new JobFailure(error.type, `Output artifact ${name}: ${error.message}`, error);
  }
}
