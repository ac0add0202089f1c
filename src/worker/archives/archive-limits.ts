/** Limits beyond which an untrusted archive is rejected. */
export interface ArchiveLimits {
  maxEntries: number;
  /** Bytes of all entries after decompression. */
  maxUnpackedBytes: number;
  /** Unpacked bytes for each byte of the archive; checked only above `ratioFreeBytes`. */
  maxRatio: number;
}

/** The default limits; AWS accepts source artifacts of at most 7 GB (behaviour B). */
export const defaultArchiveLimits: ArchiveLimits = {
  maxEntries: 100_000,
  maxUnpackedBytes: 20 * 1024 ** 3,
  maxRatio: 200,
};

/** Archives that unpack to no more than this are harmless at any ratio: a log of equal lines is no bomb. */
export const ratioFreeBytes = 100 * 1024 ** 2;
