import type { Scope } from '../../model/pipeline.ts';

/** More sources than a project can have. */
export const mostSources = 13;

/** Returns the name of the bucket that has packed sources of builds until they end. */
export function sourceBucket({ account, region }: Scope): string {
  return `millrace-sources-${region}-${account}`;
}

/** Returns the key of a source of a build, by its place among them; the primary one is 0. */
export function sourceKey(buildId: string, index: number): string {
  return `${buildId.replace(':', '/')}/${index}.zip`;
}
