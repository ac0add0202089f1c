import { randomBytes } from 'node:crypto';
import type { ObjectAttributes, StoredChecksum, WriteCondition } from '../../store/objects/object-index.ts';
import type { Payload, PayloadDigests } from '../protocol/payload.ts';
import { type Backing, refusalError } from './backing.ts';
import { protectionOf } from './default-encryption.ts';

/** An object that is written, or what one is written as. */
export interface StoredObject {
  etag: string;
  size: number;
  /** Absent in a bucket that was never versioned. */
  versionId?: string;
  checksum?: StoredChecksum;
  modifiedAt: number;
}

/**
 * Stores an object: bytes first, then the row, and only then the answer. What it overwrites is removed afterwards;
 * readers who have it open read on.
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

/** The checksum by the algorithm the client used, or by the only one that was asked for. */
function wholeChecksum({
  checksums,
  clientAlgorithm,
}: Pick<PayloadDigests, 'checksums' | 'clientAlgorithm'>): StoredChecksum | undefined {
  const algorithm = clientAlgorithm ?? [...checksums.keys()][0];
  if (algorithm === undefined) return undefined;
  return { algorithm, value: checksums.get(algorithm) ?? '', type: 'FULL_OBJECT' };
}

/** Hex, because one that begins with `-` would be taken for an option by command lines. */
export function newVersionId(): string {
  return randomBytes(16).toString('hex');
}
