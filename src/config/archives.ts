import { type ArchiveLimits, defaultArchiveLimits } from '../worker/archives/archive-limits.ts';
import { numberBetween } from './parsers.ts';
import { inGroup, type Values } from './setting.ts';

const bytesPerMib = 1024 ** 2;

/** The limits as texts, for the tables of the server and of the worker. */
export const archiveDefaults = {
  entries: String(defaultArchiveLimits.maxEntries),
  mib: String(defaultArchiveLimits.maxUnpackedBytes / bytesPerMib),
  ratio: String(defaultArchiveLimits.maxRatio),
};

/** Limits of the archives that built-in actions extract. */
export const archiveSettings = inGroup('Archives of artifacts:', {
  archiveEntries: {
    env: 'MILLRACE_ARCHIVE_ENTRIES',
    option: '--archive-entries',
    placeholder: 'number',
    default: archiveDefaults.entries,
    parse: numberBetween(1, 10_000_000, 'entries'),
    description: 'Most entries of an archive that S3 deploy extracts.',
  },
  archiveMib: {
    env: 'MILLRACE_ARCHIVE_MIB',
    option: '--archive-mib',
    placeholder: 'MiB',
    default: archiveDefaults.mib,
    parse: numberBetween(1, 100_000_000, 'MiB'),
    description: 'Most MiB that an archive may unpack to when S3 deploy extracts it.',
  },
  archiveRatio: {
    env: 'MILLRACE_ARCHIVE_RATIO',
    option: '--archive-ratio',
    placeholder: 'number',
    default: archiveDefaults.ratio,
    parse: numberBetween(1, 2000, ''),
    description: 'How many times its own size an archive may unpack to; checked above 100 MiB.',
  },
});

/** Returns the limits in the form that providers and workers take. */
export function archiveLimitsOf(config: Values<typeof archiveSettings>): ArchiveLimits {
  const { archiveEntries, archiveMib, archiveRatio } = config;
  return { maxEntries: archiveEntries, maxUnpackedBytes: archiveMib * bytesPerMib, maxRatio: archiveRatio };
}
