import { createHash } from 'node:crypto';

/** A manifest of an image, or of an index, and what it refers to. */
export interface TestImage {
  mediaType: string;
  manifest: Buffer;
  digest: string;
  /** Configuration and layers, by digest. */
  blobs: Map<string, Buffer>;
}

export const ociTypes = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};
export const dockerTypes = {
  image: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
};

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Builds an image with one layer for each text. */
export function createImage(
  layers: string[],
  { types = ociTypes, created = '2026-01-02T03:04:05Z' }: { types?: typeof ociTypes; created?: string } = {},
): TestImage {
  const blobs = new Map<string, Buffer>();
  const add = (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const isOci = types === ociTypes;
  const config = add(
    Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', created, rootfs: { type: 'layers', diff_ids: [] } }),
    ),
    isOci ? 'application/vnd.oci.image.config.v1+json' : 'application/vnd.docker.container.image.v1+json',
  );
  const layerType = isOci
    ? 'application/vnd.oci.image.layer.v1.tar+gzip'
    : 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  const document = {
    schemaVersion: 2,
    mediaType: types.image,
    config,
    layers: layers.map((text) => add(Buffer.from(text), layerType)),
  };
  return { ...manifestOf(document), blobs };
}

/** Builds an index of images, one for each platform. */
export function createIndex(images: TestImage[], types = ociTypes): TestImage {
  const manifests = images.map(({ mediaType, digest, manifest }, index) => ({
    mediaType,
    digest,
    size: manifest.length,
    platform: { os: 'linux', architecture: index === 0 ? 'amd64' : 'arm64' },
  }));
  return { ...manifestOf({ schemaVersion: 2, mediaType: types.index, manifests }), blobs: new Map() };
}

function manifestOf(document: { schemaVersion: number; mediaType: string } & Record<string, unknown>) {
  const manifest = Buffer.from(JSON.stringify(document, null, 3));
  return { mediaType: document.mediaType, manifest, digest: digestOf(manifest) };
}

/** Pushes an image as clients do. */
export async function pushImage(
  { url, authorization }: { url: string; authorization?: string },
  repository: string,
  { image, reference = image.digest }: { image: TestImage; reference?: string },
): Promise<void> {
  const send = async (path: string, options: RequestInit & { headers?: Record<string, string> }) => {
    const headers = { ...options.headers, ...(authorization !== undefined && { authorization }) };
    const response = await fetch(new URL(path, url), { ...options, headers });
    const text = await response.text();
    if (!response.ok && response.status !== 404) throw new Error(`${path}: ${response.status} ${text}`);
    return response;
  };
  for (const [digest, bytes] of image.blobs) {
    const { headers } = await send(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const location = new URL(headers.get('location') ?? '', url);
    location.searchParams.set('digest', digest);
    const type = { 'content-type': 'application/octet-stream' };
    await send(location.href, { method: 'PUT', headers: type, body: new Uint8Array(bytes) });
  }
  await send(`/v2/${repository}/manifests/${reference}`, {
    method: 'PUT',
    headers: { 'content-type': image.mediaType },
    body: new Uint8Array(image.manifest),
  });
}
