import { randomBytes } from 'node:crypto';
import type { ObjectAttributes, StoredChecksum, WriteCondition } from '../../store/objects/object-index.ts';
import type { Payload, PayloadDigests } from '../protocol/payload.ts';
import { type Backing, refusalError } from './backing.ts';
import { protectionOf } from './default-encryption.ts';

/** What is known of an object once it is written. */
export interface StoredObject {
  etag: string;
  size: number;
  /** Absent in a bucket that was never versioned. */
  versionId?: string;
  checksum?: StoredChecksum;
  modifiedAt: number;
}

/**
 * Stores an object: first its bytes, then its row. The file it replaces is removed last; those who are reading it can
 * read on.
 */
export async function writeObject(
  backing: Backing,
  name: { account: string; bucket: string; key: string },
  write: { payload: Payload; attributes: ObjectAttributes; condition?: WriteCondition },
): Promise<StoredObject> {
  const { files, index } = backing;
  const { payload, attributes, condition = {} } = write;
  const { freedFileIds, ...stored } = await files.store(payload.chunks, protectionOf(attributes), async (file) => {
    const { size, md5, ...digests } = payload.digests();
    const checksum = wholeChecksum(digests);
    const modifiedAt = backing.now();
    const written = await index.putObject(
      name,
      {
        key: name.key,
        ...file,
        size,
        etag: md5,
        attributes: { ...attributes, checksum },
        modifiedAt,
        newVersionId: newVersionId(),
      },
      condition,
    );
    if (written.refused) throw refusalError(written.refused, name);
    return { ...written, etag: md5, size, checksum, modifiedAt };
  });
  await files.remove(freedFileIds);
  return stored;
}

/** Returns the checksum by the client's algorithm, or else by the only one that was computed. */
function wholeChecksum({
  checksums,
  clientAlgorithm,
}: Pick<PayloadDigests, 'checksums' | 'clientAlgorithm'>): StoredChecksum | undefined {
  const algorithm = clientAlgorithm ?? [...checksums.keys()][0];
  if (algorithm === undefined) return undefined;
  return { algorithm, value: checksums.get(algorithm) ?? '', type: 'FULL_OBJECT' };
}

/** Generates a version id; in hex, because an id that starts with `-` looks like an option on a command line. */
export function newVersionId(): string {
  return randomBytes(16).toString('hex');
}
