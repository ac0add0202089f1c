import type { Readable } from 'node:stream';
import { MalformedArchiveError, shownName } from '../../worker/archives/archive-error.ts';
import { readZip, type ZipEntry } from '../../worker/archives/zip-reader.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { ProviderTools } from '../provider.ts';

/** S3's limit for a key. */
const maxKeyBytes = 1024;

/** Concurrent writes, which mostly wait for disk or network. Bounds the open files and their buffers. */
const maxWrites = 16;

/** Writes one file; `body` fails with MalformedArchiveError if its content is damaged. */
export type PutFile = (key: string, file: { body: Readable; sizeBytes: number }) => Promise<void>;

/**
 * Writes every file of a zip archive with `put`, several at a time, but those of the same key in the archive's order.
 * After the first failure no further write is started; pending ones finish before it is thrown.
 */
export async function deployFiles(
  file: string,
  prefix: string | undefined,
  put: PutFile,
  { archiveLimits, signal }: Pick<ProviderTools, 'archiveLimits' | 'signal'>,
): Promise<void> {
  const writes = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const entry of readZip(file, archiveLimits)) {
      signal.throwIfAborted();
      if (entry.name.endsWith('/')) continue;
      const key = keyOf(entry, prefix);
      await writes.get(key);
      if (writes.size >= maxWrites) await Promise.race(writes.values());
      if (failures.length > 0) break;
      const body = await entry.open();
      const write = putAndClose(key, { body, sizeBytes: entry.sizeBytes }, put)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => writes.delete(key));
      writes.set(key, write);
    }
  } finally {
    await Promise.all(writes.values());
  }
  if (failures.length > 0) throw failures[0];
}

/** Returns the key of an entry: names are unchanged, leading slashes stay; a link deploys its target's name. */
function keyOf({ name }: ZipEntry, prefix: string | undefined): string {
  if (name.split('/').includes('..')) {
    throw new JobFailure('ConfigurationError', `The archive has an entry that leads out of it: ${shownName(name)}`);
  }
  const key = prefix === undefined ? name : `${prefix}/${name}`;
  if (key.includes('\0') || Buffer.byteLength(key) > maxKeyBytes) {
    throw new JobFailure(
      'ConfigurationError',
      `The archive has an entry whose name is not a valid object key: ${shownName(name)}`,
    );
  }
  return key;
}

async function putAndClose(key: string, file: Parameters<PutFile>[1], put: PutFile): Promise<void> {
  const { body } = file;
  try {
    await put(key, file);
  } catch (error) {
    // A store may wrap the error of the stream it was reading from.
    throw body.errored instanceof MalformedArchiveError ? body.errored : error;
  } finally {
    body.destroy();
  }
}
