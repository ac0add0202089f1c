import type { Logger } from 'pino';
import { placeOfObject } from '../model/source-watch.ts';
import type { Store } from '../store/store.ts';

/**
 * Returns what to call with each uploaded object: a pipeline that polls it is started now, not at its next check. A hint
 * only, since polling finds what is missed.
 */
export function checkUploadedSources(
  { sourceWatches }: Pick<Store, 'sourceWatches'>,
  { now, log }: { now: () => number; log: Logger },
): (object: { account: string; bucket: string; key: string }) => void {
  return ({ account, ...object }) => {
    sourceWatches.requestChecksAt(account, placeOfObject(object), now()).catch((error: unknown) => {
      log.warn({ err: error, ...object }, 'an uploaded source is only found by its next check');
    });
  };
}
