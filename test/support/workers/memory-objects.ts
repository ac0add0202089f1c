import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ObjectHead, ObjectWrite, ProviderObjects, ProviderTools } from '../../../src/providers/provider.ts';
import { defaultArchiveLimits } from '../../../src/worker/archives/archive-limits.ts';

/** An object with its content and the write that created it. */
export interface StoredObject extends ObjectHead {
  content: Buffer;
  write: Omit<ObjectWrite, 'body'>;
}

/** In-memory objects for tests of providers; `buckets` lists the buckets and their versioning. */
export class MemoryObjects implements ProviderObjects {
  readonly roleArn = 'arn:aws:iam::111122223333:role/pipeline';
  readonly buckets: Record<string, { versioning?: 'Enabled' | 'Suspended' }>;
  /** All versions, oldest first. */
  readonly versions = new Map<string, StoredObject[]>();
  /** Names (`bucket/key`) in the order of writing. */
  readonly written: string[] = [];

  constructor(buckets: Record<string, { versioning?: 'Enabled' | 'Suspended' }>) {
    this.buckets = buckets;
  }

  async headBucket(bucket: string) {
    return this.buckets[bucket];
  }

  async headObject(bucket: string, key: string, versionId?: string) {
    const versions = this.versions.get(`${bucket}/${key}`) ?? [];
    return versionId === undefined ? versions.at(-1) : versions.find((version) => version.versionId === versionId);
  }

  async getObject(bucket: string, key: string, versionId?: string) {
    const found = await this.headObject(bucket, key, versionId);
    return found && { ...found, body: Readable.from([found.content]) };
  }

  async putObject({ body, ...write }: ObjectWrite) {
    if (!this.buckets[write.bucket]) throw storeRefusal('NoSuchBucket', 404);
    const content = await buffer(body);
    const name = `${write.bucket}/${write.key}`;
    const versions = this.versions.get(name) ?? [];
    const etag = createHash('md5').update(content).digest('hex');
    const versionId = `v${versions.length + 1}`;
    const { contentType, metadata = {} } = write;
    const head = { sizeBytes: content.length, etag, versionId, metadata, lastModifiedAt: 1_700_000_000_500 };
    this.versions.set(name, [...versions, { ...head, ...(contentType ? { contentType } : {}), content, write }]);
    this.written.push(name);
    return { etag, versionId };
  }

  /** Returns the newest version of `bucket/key`. */
  at(name: string): StoredObject | undefined {
    return this.versions.get(name)?.at(-1);
  }
}

/** Creates an error like a store's: `name` is its code. */
export function storeRefusal(name: string, httpStatus: number): Error {
  return Object.assign(new Error(`the store says ${name}`), { name, httpStatus });
}

/** For providers that read no repositories and start no builds. */
const noGit = absent<ProviderTools['git']>('repositories');
const noBuilds = absent<ProviderTools['builds']>('builds');

function absent<Tools extends object>(what: string): Tools {
  return new Proxy({} as Tools, {
    get() {
      throw new Error(`this test has no ${what}`);
    },
  });
}

/** Returns a provider's tools with the given objects and a fixed clock. */
export function toolsWith(objects: ProviderObjects, signal = new AbortController().signal): ProviderTools {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    objects,
    git: noGit,
    registries: { find: async () => [] },
    builds: noBuilds,
    action: { inputVersions: {} },
    progress: async () => undefined,
    archiveLimits: defaultArchiveLimits,
    signal,
    log,
    now: () => Date.UTC(2026, 1, 3, 4, 5, 6),
  };
}
