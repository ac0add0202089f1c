import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import { numberBetween, type Setting } from './parsers.ts';

/** The limits of archives as the server is told them. */
export interface ArchiveConfig {
  archiveEntries: number;
  archiveMib: number;
  archiveRatio: number;
}

/** One row of the table of settings for each limit of an archive that a built-in action unpacks. */
export const archiveSettings: { [Name in keyof ArchiveConfig]: Setting<number> } = {
  archiveEntries: {
    env: 'MILLRACE_ARCHIVE_ENTRIES',
    flag: '--archive-entries',
    placeholder: 'number',
    default: '100000',
    parse: numberBetween(1, 10_000_000, 'entries'),
    sentence: 'Most entries of an archive that S3 deploy extracts.',
  },
  archiveMib: {
    env: 'MILLRACE_ARCHIVE_MIB',
    flag: '--archive-mib',
    placeholder: 'MiB',
    default: '20480',
    parse: numberBetween(1, 100_000_000, 'MiB'),
    sentence: 'Most MiB that an archive may grow to when S3 deploy extracts it.',
  },
  archiveRatio: {
    env: 'MILLRACE_ARCHIVE_RATIO',
    flag: '--archive-ratio',
    placeholder: 'number',
    default: '200',
    parse: numberBetween(1, 2000, ''),
    sentence: 'How many times its own size an archive may grow to; checked above 100 MiB.',
  },
};

/** The limits of a configuration, as providers take them. */
export function archiveLimitsOf({ archiveEntries, archiveMib, archiveRatio }: ArchiveConfig): ArchiveLimits {
  return { maxEntries: archiveEntries, maxUnpackedBytes: archiveMib * 1024 ** 2, maxRatio: archiveRatio };
}
