import { jobTimeout } from '../engine/job-timeout.ts';
import type { Store } from '../store/store.ts';

/** Overdue jobs taken in one round, so that a long standstill is worked off in bounded steps. */
const maxPerRound = 100;

/** Fails the actions whose time is over at `at` and answers when the next one will be; undefined when none is set. */
export async function endOverdueJobs(store: Store, at: number): Promise<number | undefined> {
  for (const jobId of await store.jobs.overdue(at, maxPerRound)) {
    await store.advance({ kind: 'job', jobId }, jobTimeout);
  }
  return store.jobs.nextDeadline();
}
