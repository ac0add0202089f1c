import type { Logger } from 'pino';
import type { ObjectStore, StoredObjectName } from '../artifacts/object-endpoint.ts';
import { eventsOfObject, partOfObjectEvents } from '../events/object-events.ts';
import type { WantedEvents } from '../events/wanted-events.ts';
import { placeOfObject } from '../model/sources/source-watch.ts';
import type { Store } from '../store/store.ts';

interface Parts {
  store: Pick<Store, 'sourceWatches' | 'events'>;
  objects: Pick<ObjectStore, 'headBucket' | 'headObject'>;
  wantedEvents: WantedEvents;
  now: () => number;
  log: Logger;
}

/**
 * Returns what to call with each uploaded object. A pipeline that polls it is started now, not at its next check: a hint
 * only, since polling finds what is missed. Events that rules want are announced before the upload is answered, since
 * nothing else would find them.
 */
export function followUploads(parts: Parts): (object: StoredObjectName) => Promise<void> {
  const { store, now, log } = parts;
  return async (object) => {
    const { account, bucket, key } = object;
    store.sourceWatches.requestChecksAt(account, placeOfObject({ bucket, key }), now()).catch((error: unknown) => {
      log.warn({ err: error, bucket, key }, 'an uploaded source is only found by its next check');
    });
    await announceObject(object, parts);
  };
}

async function announceObject(object: StoredObjectName, parts: Parts): Promise<void> {
  const { store, objects, wantedEvents, now } = parts;
  const { account, bucket, key, versionId, operation, requestId } = object;
  const wanted = await Promise.all(partOfObjectEvents(bucket, key).map((part) => wantedEvents.whereWanted(part)));
  if (!wanted.flat().some((scope) => scope.account === account)) return;
  const [home, summary] = await Promise.all([
    objects.headBucket({ account, bucket }),
    objects.headObject({ account, bucket, key, versionId }),
  ]);
  // It was deleted meanwhile.
  if (!home || !summary) return;
  const { sizeBytes, etag } = summary;
  const announcements = eventsOfObject({
    account,
    region: home.region,
    bucket,
    key,
    sizeBytes,
    etag,
    versionId,
    operation,
    requestId,
    at: now(),
  });
  const selected = await wantedEvents.select(announcements);
  if (selected.length > 0) await store.events.announce(selected);
}
