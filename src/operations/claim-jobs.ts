import type { ClaimedQueue, JobRecord } from '../store/store.ts';
import type { Call, Parts } from './operation.ts';

/** How long a held poll sleeps at most before it looks again: a wake-up is only a hint. */
const heldPollLookMs = 1000;

/** What a poll wants: which jobs, and how many; one unless it says more (DECISIONS 6). */
export type WantedJobs = ClaimedQueue & { maxBatchSize?: number };

/**
 * Claims the oldest jobs of a queue. A caller that asked to wait is held until one is there: a new job wakes it, and
 * so does the instant at which a continuation's delay or somebody's lease ends. A held poll whose client has gone
 * claims nothing.
 */
export async function claimOrWait(wanted: WantedJobs, call: Call, parts: Parts): Promise<JobRecord[]> {
  const { store, now } = parts;
  if (call.waitMs === 0) return claim(wanted, call, parts);
  const waitUntil = now() + call.waitMs;
  for (;;) {
    const look = new AbortController();
    // Listens before it looks: a job that is queued in between wakes it all the same.
    const woken = store.wakes.wait(wanted.queue, Math.min(call.waitMs, heldPollLookMs), look.signal);
    const timers: NodeJS.Timeout[] = [];
    const end = () => look.abort();
    call.signal.addEventListener('abort', end);
    try {
      if (call.signal.aborted) return [];
      const records = await claim(wanted, call, parts);
      if (records.length > 0 || now() >= waitUntil) return records;
      timers.push(setTimeout(end, waitUntil - now()));
      const nextOfferAt = await store.jobs.nextOffer(wanted);
      if (nextOfferAt !== undefined) timers.push(setTimeout(end, Math.max(1, nextOfferAt - now())));
      await woken;
    } finally {
      end();
      call.signal.removeEventListener('abort', end);
      for (const timer of timers) clearTimeout(timer);
    }
  }
}

function claim({ maxBatchSize = 1, ...wanted }: WantedJobs, call: Call, parts: Parts): Promise<JobRecord[]> {
  const { store, now, polls, settings } = parts;
  const at = now();
  // A partner takes the jobs of all its clients.
  polls.note(wanted.queue, 'queryValue' in wanted ? wanted.queryValue : undefined);
  return store.jobs.claim({
    ...wanted,
    limit: Math.min(maxBatchSize, settings.maxPollBatchSize),
    at,
    leaseUntil: at + settings.leaseMs,
    origin: call.origin,
  });
}
