import { describe, expect, it } from 'vitest';
import { unzip } from '../../../test/support/git/repository.ts';
import { createImage, createIndex, dockerTypes, ociTypes, type TestImage } from '../../../test/support/images/image.ts';
import { serveImages } from '../../../test/support/images/image-registry.ts';
import { MemoryObjects, toolsWith } from '../../../test/support/workers/memory-objects.ts';
import type { Job } from '../../contract/generated.ts';
import type { DeclaredRegistry } from '../provider.ts';
import { ecrSource } from './run.ts';

const image = createImage(['one', 'three']);
const sizeOf = ({ blobs }: TestImage) => [...blobs.values()].reduce((sum, { length }) => sum + length, 0);

function jobOf(configuration: Record<string, string>, revision?: string): Job {
  const s3Location = { bucketName: 'store', objectKey: 'pipe/Image/abc.zip' };
  return {
    id: 'job-1',
    accountId: '111122223333',
    data: {
      actionConfiguration: { configuration },
      outputArtifacts: [{ name: 'Image', location: { type: 'S3', s3Location }, ...(revision && { revision }) }],
    },
  };
}

/** Starts a registry with the image, and returns how to run the action against it. */
async function setUp(answer?: () => boolean) {
  const registry = await serveImages(answer && { answer });
  registry.put('team/shop', image, 'latest');
  const objects = new MemoryObjects({ store: {} });
  const run = (configuration: Record<string, string> = {}, revision?: string, signal?: AbortSignal) =>
    ecrSource.run(jobOf({ RepositoryName: 'team/shop', ...configuration }, revision), {
      ...toolsWith(objects, signal),
      registries: { find: async () => [{ name: 'images', url: registry.url }] },
    });
  const detail = async () => {
    const files = await unzip(objects.at('store/pipe/Image/abc.zip')?.content ?? Buffer.alloc(0));
    return JSON.parse(files['imageDetail.json'] ?? '') as unknown;
  };
  return { registry, run, detail };
}

it('writes imageDetail.json for the image of the tag latest, and reports its digest (behaviour D.1)', async () => {
  const { registry, run, detail } = await setUp();
  const { digest } = image;
  const uri = `${registry.host}/team/shop@${digest}`;
  expect(await run()).toEqual({
    status: 'Succeeded',
    executionDetails: { summary: digest, externalExecutionId: digest, percentComplete: 100 },
    currentRevision: {
      revision: digest,
      changeIdentifier: digest,
      revisionSummary: uri,
      created: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
    },
    outputVariables: {
      ImageDigest: digest,
      ImageTag: 'latest',
      ImageURI: uri,
      RegistryId: '111122223333',
      RepositoryName: 'team/shop',
    },
  });
  expect(await detail()).toEqual({
    ImageSizeInBytes: String(sizeOf(image)),
    ImageDigest: digest,
    Version: '1.0',
    ImagePushedAt: 'Fri Jan 02 03:04:05 UTC 2026',
    RegistryId: '111122223333',
    RepositoryName: 'team/shop',
    ImageURI: uri,
    ImageTags: ['latest'],
  });
});

it('reads an image by its tag, and one by the digest of the execution', async () => {
  const { registry, run, detail } = await setUp();
  const older = createImage(['old'], { types: dockerTypes });
  registry.put('team/shop', older, 'v1');
  expect(await run({ ImageTag: 'v1' })).toMatchObject({
    outputVariables: { ImageDigest: older.digest, ImageTag: 'v1' },
  });
  expect(await run({}, older.digest)).toMatchObject({ outputVariables: { ImageDigest: older.digest } });
  expect(await detail()).toMatchObject({ ImageDigest: older.digest, ImageTags: [] });
  await run({ ImageTag: 'v1' }, older.digest);
  expect(await detail()).toMatchObject({ ImageDigest: older.digest, ImageTags: ['v1'] });
});

it.each([
  ['OCI', ociTypes],
  ['Docker', dockerTypes],
])('takes an index of %s as it is, with the size of its largest image', async (_, types) => {
  const { registry, run, detail } = await setUp();
  const [small, large] = [createImage(['s'], { types }), createImage(['large', 'larger'], { types })];
  const index = createIndex([small, large, createImage(['not copied'])], types);
  for (const part of [small, large]) registry.put('team/shop', part);
  registry.put('team/shop', index, 'multi');
  expect(await run({ ImageTag: 'multi' })).toMatchObject({ outputVariables: { ImageDigest: index.digest } });
  expect(await detail()).toMatchObject({ ImageSizeInBytes: String(sizeOf(large)) });
});

it('names the image by the path of its registry', async () => {
  const { registry, run } = await setUp();
  registry.put('mirror/team/shop', image, 'latest');
  const outcome = await ecrSource.run(jobOf({ RepositoryName: 'shop' }), {
    ...toolsWith(new MemoryObjects({ store: {} })),
    registries: { find: async () => [{ name: 'images', url: `${registry.url}/mirror/team/` }] },
  });
  expect(outcome).toMatchObject({
    outputVariables: { ImageURI: `${registry.host}/mirror/team/shop@${image.digest}`, RepositoryName: 'shop' },
  });
  await expect(run({ RepositoryName: 'shop' })).rejects.toThrow('There is no image');
});

describe('fails clearly', () => {
  it('if the bytes are not those of the bound digest', async () => {
    const { registry, run } = await setUp();
    const other = createImage(['other']);
    registry.put('team/shop', { ...other, manifest: image.manifest });
    await expect(run({}, other.digest)).rejects.toMatchObject({ type: 'RevisionUnavailable', message: /other bytes/ });
  });

  it.each([
    ['a missing tag', { ImageTag: 'none' }, undefined, 'ConfigurationError', /no image .* with the tag 'none'/],
    ['a missing digest', {}, `sha256:${'a'.repeat(64)}`, 'RevisionUnavailable', /no image .*@sha256:aaa/],
    ['what is not a digest', {}, '../../secret', 'RevisionUnavailable', /is not the digest of an image/],
    ['a hostile tag', { ImageTag: '../x' }, undefined, 'ConfigurationError', /cannot be the tag/],
    ['a hostile name', { RepositoryName: 'a/../b' }, undefined, 'ConfigurationError', /cannot be the name/],
    ['a name in capitals', { RepositoryName: 'Shop' }, undefined, 'ConfigurationError', /cannot be the name/],
    ['no name', { RepositoryName: '' }, undefined, 'ConfigurationError', /no value for RepositoryName/],
  ])('for %s', async (_, configuration, revision, type, message) => {
    const { run } = await setUp();
    await expect(run(configuration, revision)).rejects.toMatchObject({ type, message });
  });

  it('if the registry is not declared, or several may be meant', async () => {
    const tools = toolsWith(new MemoryObjects({ store: {} }));
    const run = (found: DeclaredRegistry[]) =>
      ecrSource.run(jobOf({ RepositoryName: 'shop' }), { ...tools, registries: { find: async () => found } });
    await expect(run([])).rejects.toThrow(/has not been declared.*kind Registry/);
    const two = ['a', 'b'].map((name) => ({ name, url: 'https://images.example' }));
    await expect(run(two)).rejects.toThrow("The registries a, b may all have the repository 'shop'");
  });

  it('with the reason of the stop when the job is stopped', async () => {
    const stop = new AbortController();
    const { run } = await setUp(() => {
      stop.abort();
      return true;
    });
    await expect(run({}, undefined, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
