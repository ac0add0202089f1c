import type { Logger } from 'pino';
import type { ObjectEndpoint } from './artifacts/object-endpoint.ts';
import { createLoop, type Loop } from './scheduler/loop.ts';

/** The loop that applies the lifecycles of buckets. */
export function lifecycleLoop(
  endpoint: ObjectEndpoint,
  around: { now: () => number; longestSleepMs: number; log: Logger },
): Loop {
  return createLoop({ name: 'bucket lifecycles', runOnce: (at) => endpoint.expire(at), ...around });
}
