import type { ClaimRequest, JobRecord } from '../store/store.ts';
import type { Call, Parts } from './operation.ts';

/** How long a held poll sleeps at most before it looks again: a wake-up is only a hint. */
const heldPollLookMs = 1000;

type Without<Union, Keys extends PropertyKey> = Union extends unknown ? Omit<Union, Keys> : never;

/** What a poll wants: which jobs, and how many; one unless it says more (DECISIONS 6). */
type Wanted = Without<ClaimRequest, 'limit' | 'at' | 'leaseUntil'> & { maxBatchSize?: number };

/**
 * Claims jobs at once, or when the first comes while the poll is held; one whose client has gone claims nothing.
 */
export async function claimOrWait(
  { maxBatchSize = 1, ...wanted }: Wanted,
  call: Call,
  { store, now, settings }: Parts,
): Promise<JobRecord[]> {
  const limit = Math.min(maxBatchSize, settings.maxPollBatchSize);
  const claim = () => {
    const at = now();
    return store.jobs.claim({ ...wanted, limit, at, leaseUntil: at + settings.leaseMs });
  };
  const records = await claim();
  const waitUntil = now() + call.waitMs;
  while (records.length === 0 && !call.signal.aborted && now() < waitUntil) {
    await store.wakes.wait(wanted.queue, Math.min(waitUntil - now(), heldPollLookMs), call.signal);
    if (!call.signal.aborted) records.push(...(await claim()));
  }
  return records;
}
