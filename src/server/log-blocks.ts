import { Readable } from 'node:stream';
import type { ObjectEndpoint } from '../artifacts/object-endpoint.ts';
import { DamagedObjectError } from '../artifacts/protocol/s3-error.ts';
import type { BlockStore } from '../logs/block-store.ts';

/**
 * Stores blocks of logs beside the artifacts: in files of the data folder, or in a bucket of the external store. With an
 * external store and without a bucket there is no place for them.
 */
export function openBlockStore(endpoint: ObjectEndpoint, bucket: string | undefined): BlockStore | undefined {
  if (endpoint.files) return blocksInFiles(endpoint.files);
  return bucket === undefined ? undefined : blocksInBucket(endpoint.objects, bucket);
}

function blocksInFiles(files: NonNullable<ObjectEndpoint['files']>): BlockStore {
  return {
    async put({ bytes }, commit) {
      const unused = await files.store(chunksOf(bytes), 'encrypted', async (file) =>
        (await commit(file)) ? [] : [file.fileId],
      );
      await files.remove(unused);
    },
    async get(_account, { place, storedBytes: size }) {
      if (!('fileId' in place)) return undefined;
      return unlessDamaged(async () => {
        const file = await files.open({ ...place, size });
        return file && readAll(await file.stream());
      });
    },
    async remove(_account, place) {
      if ('fileId' in place) await files.remove([place.fileId]);
    },
  };
}

function blocksInBucket(objects: ObjectEndpoint['objects'], bucket: string): BlockStore {
  const remove = async (account: string, key: string) => {
    await objects.removeVersions({ account, bucket, key, writtenFrom: 0, writtenUntil: Number.MAX_SAFE_INTEGER });
  };
  return {
    async put({ log, startOffset, bytes }, commit) {
      // Another node that stores the same text needs a key of its own.
      const key = `millrace-logs/${log.region}/${encodeURIComponent(log.id)}/${startOffset}-${crypto.randomUUID()}`;
      const { account } = log;
      const sizeBytes = bytes.length;
      await objects.putObject({ account, bucket, key, body: Readable.from([bytes]), sizeBytes });
      if (!(await commit({ objectKey: key }))) await remove(account, key);
    },
    async get(account, { place }) {
      const found = 'objectKey' in place && (await objects.getObject({ account, bucket, key: place.objectKey }));
      return found ? readAll(found.body) : undefined;
    },
    async remove(account, place) {
      if ('objectKey' in place) await remove(account, place.objectKey);
    },
  };
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}
