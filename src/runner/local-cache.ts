import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Claim } from './build-request.ts';

/** Returns where the runner keeps the LOCAL cache of a project; its name can't lead out of the folder of all caches. */
export function localCacheFolder({ account, region, order }: Claim, cacheFolder: string): string | undefined {
  if (order.cache?.type !== 'LOCAL') return undefined;
  const name = JSON.stringify([account, region, order.projectName]);
  return join(cacheFolder, createHash('sha256').update(name).digest('hex').slice(0, 32));
}
