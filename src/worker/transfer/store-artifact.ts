import { listFolder, listMatches } from '../archives/list-files.ts';
import { packEntries } from '../archives/pack-folder.ts';
import { JobFailure } from '../job-failure.ts';
import type { ArtifactTransfer } from './artifact-transfer.ts';
import type { ArtifactFolder } from './work-folder.ts';

/** What becomes an output artifact: all of its folder, or what `patterns` choose below `from`. */
export interface Choice {
  from: string;
  patterns: readonly string[] | undefined;
}

/**
 * Packs an output artifact and uploads it. An empty one is an error, since the reference checks nothing at this point
 * and the next action would fail with a far less helpful message (behaviour A.6).
 */
export async function storeArtifact(
  transfer: ArtifactTransfer,
  { folder, location, name }: ArtifactFolder,
  { from, patterns }: Choice,
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
