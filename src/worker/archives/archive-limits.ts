/** How far an archive of a stranger may reach before it is refused. */
export interface ArchiveLimits {
  maxEntries: number;
  /** Bytes of all entries together after decompression. */
  maxUnpackedBytes: number;
  /** Unpacked bytes for each byte of the archive; judged only above `ratioFreeBytes`. */
  maxRatio: number;
}

/** What is unpacked when nothing else is said; AWS takes source artifacts of at most 7 GB (behaviour B). */
export const defaultArchiveLimits: ArchiveLimits = {
  maxEntries: 100_000,
  maxUnpackedBytes: 20 * 1024 ** 3,
  maxRatio: 200,
};

/** Archives that grow to no more than this do no harm, however well they compress: a log of equal lines is no bomb. */
export const ratioFreeBytes = 100 * 1024 ** 2;
