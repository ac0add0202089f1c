import { lstat, readdir, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildLog } from '../builds/build-log.ts';
import type { BuildOrder } from '../model/build.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { PackedEntry } from '../worker/archives/list-files.ts';
import { packEntries } from '../worker/archives/pack-folder.ts';
import { unpackZip } from '../worker/archives/unpack-zip.ts';
import type { ArtifactTransfer } from '../worker/transfer/artifact-transfer.ts';

/** What a cache in a bucket needs. */
export interface SharedCacheParts {
  transfer: Pick<ArtifactTransfer, 'download' | 'upload'>;
  limits: ArchiveLimits;
  /** An empty folder for the archive. */
  scratch: string;
  /** Where the build finds its cache, and leaves the next one. */
  folder: string;
  signal: AbortSignal;
}

/** A cache of a project that is in a bucket, for builds on any machine. A build never fails because of it. */
export interface SharedCache {
  /** Fetches what an earlier build left. */
  restore(log: Pick<BuildLog, 'note'>): Promise<void>;
  /** Stores what this build left, if it left anything new; returns a line for the log. */
  store(): Promise<string | undefined>;
}

/** Creates the cache of an order; undefined if it has none in a bucket. */
export function createSharedCache(
  { cache, projectName }: Pick<BuildOrder, 'cache' | 'projectName'>,
  { transfer, limits, scratch, folder, signal }: SharedCacheParts,
): SharedCache | undefined {
  if (cache?.type !== 'S3') return undefined;
  const { bucket, prefix } = cache;
  const objectKey = [...prefix.split('/'), `${projectName}.zip`].filter((part) => part !== '').join('/');
  const location = { bucketName: bucket, objectKey };
  const where = `s3://${bucket}/${objectKey}`;
  let restored: string | undefined;
  /** Tells a folder from the one that replaces it; the number alone may be used again. */
  const identify = async (): Promise<string | undefined> => {
    const status = await stat(folder, { bigint: true }).catch(() => undefined);
    return status && `${status.ino} ${status.birthtimeNs}`;
  };
  return {
    async restore(log) {
      try {
        const archive = join(scratch, 'cache.zip');
        await transfer.download(location, archive, signal);
        await unpackZip(archive, { folder, limits, signal });
        await rm(archive);
        await log.note(`Downloaded the cache ${where}`);
      } catch (error) {
        signal.throwIfAborted();
        await log.note(`There is no cache to begin with: ${textOf(error)}`);
      }
      restored = await identify();
    },
    async store() {
      const left = await identify();
      // A build that keeps its cache replaces the folder.
      if (left === undefined || left === restored) return undefined;
      try {
        const { entries, skipped } = await listCache(folder);
        await transfer.upload(location, packEntries(entries), signal);
        const note = skipped > 0 ? `, without ${skipped} links that lead out of their folder` : '';
        return `Stored the cache ${where}${note}`;
      } catch (error) {
        return `The cache was not stored: ${textOf(error)}`;
      }
    },
  };
}

/** Lists files, folders and links as they are. Links that would not be unpacked again are counted and left out. */
async function listCache(folder: string): Promise<{ entries: PackedEntry[]; skipped: number }> {
  const entries: PackedEntry[] = [];
  let skipped = 0;
  const listInto = async (prefix: string): Promise<void> => {
    for (const child of (await readdir(join(folder, prefix))).sort()) {
      const name = `${prefix}${child}`;
      const path = join(folder, name);
      const status = await lstat(path);
      const { mode, mtimeMs: modifiedAt, size: sizeBytes } = status;
      const entry: PackedEntry = { name, path, isFolder: status.isDirectory(), mode, modifiedAt, sizeBytes };
      if (status.isDirectory()) {
        entries.push(entry);
        await listInto(`${name}/`);
      } else if (status.isFile()) {
        entries.push(entry);
      } else if (status.isSymbolicLink()) {
        const linkTarget = await readlink(path);
        if (staysInside(name, linkTarget)) entries.push({ ...entry, linkTarget });
        else skipped += 1;
      }
    }
  };
  await listInto('');
  return { entries, skipped };
}

/** A link may climb at its beginning only, and not above the folder of the source or the home folder. */
function staysInside(name: string, target: string): boolean {
  if (target.startsWith('/')) return false;
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstName = segments.findIndex((segment) => segment !== '..');
  const climbs = firstName === -1 ? segments.length : firstName;
  // The first part of the name is `source` or `home`.
  return climbs <= name.split('/').length - 2 && !segments.slice(climbs).includes('..');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
