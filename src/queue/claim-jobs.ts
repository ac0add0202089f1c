import type { CallEnd } from '../model/call-end.ts';
import type { Origin } from '../model/job-event.ts';
import type { ClaimedQueue, JobRecord } from '../store/store.ts';
import type { PollParts } from './job-queue.ts';

/** The call of a poll: how long it may be held, and who makes it. */
interface PollCall {
  waitMs: number;
  signal: CallEnd;
  origin: Origin;
}

interface ClaimParts extends PollParts {
  now(): number;
  settings: { leaseMs: number; maxPollBatchSize: number };
}

/**
 * Claims the oldest jobs of a queue; one unless the poll says more (decision 6). A caller that asked to wait is held until one is there: a new job wakes it, and
 * so does the instant at which a continuation's delay or somebody's lease ends. A held poll whose client has gone
 * claims nothing.
 */
export function claimOrWait(
  wanted: ClaimedQueue,
  maxBatchSize: number | undefined,
  call: PollCall,
  parts: ClaimParts,
): Promise<JobRecord[]> {
  const { emptyQueues, heldPolls, now, polls, settings } = parts;
  polls.note(wanted);
  const at = now();
  const { waitMs, signal, origin } = call;
  if (waitMs === 0 && at < emptyQueues.emptyUntil(wanted)) return Promise.resolve([]);
  const limit = Math.min(maxBatchSize ?? 1, settings.maxPollBatchSize);
  if (waitMs > 0) return heldPolls.hold(wanted, { limit, leaseMs: settings.leaseMs, origin, waitMs, signal });
  return emptyQueues.claim({ ...wanted, limit, at, leaseUntil: at + settings.leaseMs, origin });
}
