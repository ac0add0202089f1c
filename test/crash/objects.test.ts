import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createObjectEndpoint } from '../../src/artifacts/object-endpoint.ts';
import { loadOrCreateMasterKeys } from '../../src/identity/secrets/master-key.ts';
import { createSealer } from '../../src/identity/secrets/sealer.ts';
import { openEmbeddedStore } from '../../src/store/open.ts';
import { type Chance, createChance } from '../support/engine/random.ts';
import { account, clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const kills = 10;
const writers = 3;
const keysOfEach = 4;
const longestLifeMs = 500;
const partBytes = 5 * 1024 * 1024;
const at = { account, bucket: 'crash' };
const Bucket = at.bucket;

/** The content of a key; undefined if it doesn't exist. */
type Content = Buffer | undefined;

/** The content of a key that was confirmed to its writer, and what was requested when the server died. */
interface Belief {
  confirmed: Content;
  requested?: { content: Content };
}

test('after a kill at any moment every object is complete or absent, and no file stays without a row', async () => {
  const seed = Number(process.env.CRASH_SEED ?? 20_260_101);
  const chance = createChance(seed);
  const folder = await temporaryFolder();
  const beliefs = new Map<string, Belief>();
  for (let round = 0; round < kills; round += 1) {
    const server = await startProcess(folder);
    const client = new S3Client(clientConfig(server.url));
    if (round === 0) await client.send(new CreateBucketCommand({ Bucket }));
    const work = Array.from({ length: writers }, (_, number) =>
      writeOn(client, { name: `w${number}`, chance: createChance(chance.below(2 ** 31)), beliefs }),
    );
    await sleep(chance.below(longestLifeMs));
    await server.end('SIGKILL');
    await Promise.all(work);
    client.destroy();
    // On a copy: a connection of this process that is garbage-collected later would delete the killed server's log.
    const copy = await temporaryFolder();
    await cp(folder, copy, { recursive: true });
    await inspect(copy, beliefs);
  }
  expect(
    [...beliefs.values()].some(({ confirmed }) => confirmed !== undefined),
    `seed ${seed}`,
  ).toBe(true);
}, 60_000);

/** Writes until the server is killed. No other writer uses its keys, so it knows the content of each. */
async function writeOn(
  client: S3Client,
  { name, chance, beliefs }: { name: string; chance: Chance; beliefs: Map<string, Belief> },
): Promise<void> {
  for (let step = 0; ; step += 1) {
    const key = `${name}/${chance.below(keysOfEach)}`;
    const kind = chance.below(4);
    const sizeBytes = kind === 3 ? partBytes + chance.below(100_000) : chance.below(300_000);
    const content = kind === 0 ? undefined : Buffer.alloc(sizeBytes, `${key} ${step} ${chance.below(2 ** 31)} `);
    const belief = beliefs.get(key) ?? { confirmed: undefined };
    beliefs.set(key, { ...belief, requested: { content } });
    try {
      if (!content) await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
      else if (kind === 3) await uploadInParts(client, key, content);
      else await client.send(new PutObjectCommand({ Bucket, Key: key, Body: content }));
    } catch {
      return;
    }
    beliefs.set(key, { confirmed: content });
  }
}

async function uploadInParts(client: S3Client, Key: string, content: Buffer): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const pieces = [content.subarray(0, partBytes), content.subarray(partBytes)];
  const Parts = await Promise.all(
    pieces.map(async (Body, index) => {
      const part = { Bucket, Key, UploadId, PartNumber: index + 1 };
      const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...part, Body }));
      return { ETag, ChecksumCRC32, PartNumber: index + 1 };
    }),
  );
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

/** Checks the folder that a killed server left: first as it is, then after the sweep of a start. */
async function inspect(folder: string, beliefs: Map<string, Belief>): Promise<void> {
  const store = await openEmbeddedStore(folder, Date.now);
  try {
    const index = store.objects;
    const objectsFolder = join(folder, 'objects');
    const keySealer = createSealer(loadOrCreateMasterKeys(join(folder, 'master-keys.json')), 'object data keys');
    const log = pino({ level: 'silent' });
    const endpoint = createObjectEndpoint({ index, folder: objectsFolder, keySealer, now: Date.now, log });
    for (const [key, { confirmed, requested }] of beliefs) {
      const found = await endpoint.objects.getObject({ ...at, key });
      const bytes = found && (await buffer(found.body));
      const isConfirmed = same(bytes, confirmed);
      const isRequested = requested !== undefined && same(bytes, requested.content);
      expect({ key, isKept: isConfirmed || isRequested }).toEqual({ key, isKept: true });
      beliefs.set(key, { confirmed: bytes });
    }
    await endpoint.sweep();
    const named = await filesOfRows(index);
    expect((await filesOnDisk(objectsFolder)).sort()).toEqual(named.sort());
  } finally {
    await store.close();
  }
}

function same(one: Content, other: Content): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

async function filesOfRows(index: Awaited<ReturnType<typeof openEmbeddedStore>>['objects']): Promise<string[]> {
  const all = { prefix: '', limit: 1000 };
  const versions = await index.listVersions(at, { ...all, afterKey: '' });
  const uploads = await index.listUploads(at, { ...all, afterKey: '' });
  const parts = await Promise.all(
    uploads.map(({ uploadId }) => index.listParts(uploadId, { afterPartNumber: 0, limit: 1000 })),
  );
  return [...versions, ...parts.flat()].flatMap(({ fileId }) => (fileId === undefined ? [] : [fileId]));
}

/** Lists all files but the orphans that were set aside. */
async function filesOnDisk(folder: string): Promise<string[]> {
  const places = [join(folder, 'objects'), join(folder, 'incoming')];
  const found = await Promise.all(places.map((place) => readdir(place, { recursive: true, withFileTypes: true })));
  const entries = found.flat();
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
