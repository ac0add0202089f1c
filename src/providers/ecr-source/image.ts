import type { Manifest, RegistryClient } from '../../registry/client.ts';
import { isDigest } from '../../registry/client.ts';

/** What is known of an image. */
export interface Image {
  digest: string;
  /** Of its layers and configuration, as they are stored; of an index, that of its largest image. */
  sizeBytes: number;
  /** When it was pushed if the registry says so, else when it was built; undefined if neither is known. */
  pushedAt?: number;
}

/** Images of an index that are read for their sizes. */
const maxPlatforms = 20;

/** Reproducible builds have the year 1 or 1970, and zip archives begin later. */
const earliestAt = Date.UTC(1981, 0);

type Document = Record<string, unknown>;

/** Describes the image of a manifest. */
export async function describeImage(client: RegistryClient, manifest: Manifest): Promise<Image> {
  const { digest, modifiedAt } = manifest;
  const images = manifest.kind === 'index' ? await readPlatforms(client, manifest) : [manifest];
  const sizeBytes = Math.max(0, ...images.map(({ document }) => sizeOf(document)));
  const pushedAt = modifiedAt ?? annotatedAt(manifest) ?? (await builtAt(client, images[0]));
  return { digest, sizeBytes, ...(pushedAt !== undefined && { pushedAt }) };
}

/** Reads the images of an index; those that were not copied with it are left out, and so are proofs of origin. */
async function readPlatforms(client: RegistryClient, { document }: Manifest): Promise<Manifest[]> {
  const digests = objectsOf(document.manifests)
    .filter(({ platform }) => objectOf(platform).os !== 'unknown')
    .flatMap(({ digest }) => (typeof digest === 'string' && isDigest(digest) ? digest : []));
  const images: Manifest[] = [];
  for (const digest of digests.slice(0, maxPlatforms)) {
    const manifest = await client.readManifest(digest);
    if (manifest?.kind === 'image') images.push(manifest);
  }
  return images;
}

function sizeOf({ config, layers }: Document): number {
  return [objectOf(config), ...objectsOf(layers)].reduce((sum, { size }) => {
    return Number.isSafeInteger(size) && Number(size) > 0 ? sum + Number(size) : sum;
  }, 0);
}

function annotatedAt({ document }: Manifest): number | undefined {
  return instantOf(objectOf(document.annotations)['org.opencontainers.image.created']);
}

async function builtAt(client: RegistryClient, image: Manifest | undefined): Promise<number | undefined> {
  const { digest } = objectOf(image?.document.config);
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  return instantOf((await client.readDocument(digest))?.created);
}

function instantOf(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return at >= earliestAt ? at : undefined;
}

function objectOf(value: unknown): Document {
  return typeof value === 'object' && value !== null ? (value as Document) : {};
}

function objectsOf(value: unknown): Document[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
