import type { Logger } from 'pino';
import type { ObjectEndpoint } from '../artifacts/object-endpoint.ts';
import { createLoop, type Loop } from '../scheduler/loop.ts';

/** The loop that applies the lifecycles of buckets. */
export function lifecycleLoop(
  endpoint: ObjectEndpoint,
  {
    isClockSteady,
    ...around
  }: { now: () => number; longestSleepMs: number; isClockSteady: () => boolean; log: Logger },
): Loop {
  // A clock that was set ahead would make every object look old.
  const runOnce = async (at: number) => (isClockSteady() ? endpoint.expire(at) : undefined);
  return createLoop({ name: 'bucket lifecycles', runOnce, ...around });
}
