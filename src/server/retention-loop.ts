import type { Logger } from 'pino';
import type { ObjectStore } from '../artifacts/object-endpoint.ts';
import type { Config } from '../config/config.ts';
import { createLoop, type Loop } from '../scheduler/loop.ts';
import { createRetention } from '../scheduler/retention.ts';
import type { Store } from '../store/store.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** How long after its action has ended an artifact may still come in: an upload that credentials let begin may be slow. */
const lateUploadMs = dayMs;

/** The loop that removes history and artifacts older than the setting says. */
export function retentionLoop(
  { store, objects }: { store: Store; objects: ObjectStore },
  { historyDays }: Pick<Config, 'historyDays'>,
  around: { now: () => number; longestSleepMs: number; isClockSteady: () => boolean; log: Logger },
): Loop {
  const runOnce = createRetention({
    store,
    keepMs: historyDays === 'forever' ? undefined : historyDays * dayMs,
    removeArtifact: ({ account, bucket, key, startedAt, endedAt }) =>
      objects.removeVersions({
        account,
        bucket,
        key,
        writtenFrom: startedAt,
        writtenUntil: endedAt + lateUploadMs,
      }),
    isClockSteady: around.isClockSteady,
    log: around.log,
  });
  return createLoop({ name: 'retention', runOnce, ...around });
}
