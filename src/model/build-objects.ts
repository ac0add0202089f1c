import type { BuildOrder } from './build.ts';

/** An object, or with `isPrefix` all objects of a folder. */
export interface BuildObject {
  bucket: string;
  key: string;
  isPrefix?: true;
  content?: { versionId?: string; etag: string } | 'missing';
}

/** Returns what a build reads, sources as recorded with their producers, and what it writes. Its cache is both. */
export function objectsOf(order: BuildOrder): { read: BuildObject[]; write: BuildObject[] } {
  const cache = order.cache?.type === 'S3' ? [folderOf(order.cache.bucket, order.cache.prefix)] : [];
  return { read: [...sourcesOf(order), ...buildspecOf(order), ...cache], write: [...artifactsOf(order), ...cache] };
}

function sourcesOf({ source, secondarySources }: BuildOrder): BuildObject[] {
  return [source, ...secondarySources].flatMap((one) =>
    one.type === 'S3' ? [{ bucket: one.bucket, key: one.key, ...(one.content && { content: one.content }) }] : [],
  );
}

function buildspecOf({ buildspec }: BuildOrder): BuildObject[] {
  return buildspec && 'bucket' in buildspec ? [{ bucket: buildspec.bucket, key: buildspec.key }] : [];
}

/** An artifact that isn't packed is a folder of objects; the buildspec may replace the `name` at the end of its key. */
function artifactsOf({ artifact, secondaryArtifacts }: BuildOrder): BuildObject[] {
  return [...(artifact ? [artifact] : []), ...secondaryArtifacts].map(({ bucket, key, name, packaging }) => {
    if (name !== undefined && key.endsWith(name)) return folderOf(bucket, key.slice(0, key.length - name.length));
    return packaging === 'ZIP' ? { bucket, key } : folderOf(bucket, key);
  });
}

function folderOf(bucket: string, folder: string): BuildObject {
  return { bucket, key: folder === '' || folder.endsWith('/') ? folder : `${folder}/`, isPrefix: true };
}
