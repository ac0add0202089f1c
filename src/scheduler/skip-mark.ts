import type { DueWatch } from '../store/store.ts';
import type { RepositoryReader } from './repository-reader.ts';

interface MarkParts {
  reader: Pick<RepositoryReader, 'messageOf'>;
  skipsMarkedCommits: boolean;
}

/** Why a marked commit starts nothing. */
export const skipReason = 'the commit message says [skip ci]';

const mark = /\[(?:skip ci|ci skip)\]/i;

/** Reports whether the message of a commit asks for no execution, if that is to be obeyed; only then the commit is read. */
export async function isSkipped(
  { reader, skipsMarkedCommits }: MarkParts,
  watch: DueWatch,
  commit: { ref: string; commit: string },
  signal: AbortSignal,
): Promise<boolean> {
  return skipsMarkedCommits && mark.test(await reader.messageOf(watch, commit, signal));
}
