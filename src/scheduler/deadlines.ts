import { jobTimeout } from '../engine/job-timeout.ts';
import type { Store } from '../store/store.ts';

/** Overdue jobs taken in one round, so that a long standstill is worked off in bounded steps. */
const maxPerRound = 100;

/**
 * Fails the actions whose time is over at `at` and answers when the next one will be; undefined when none is set. One job
 * that cannot be ended keeps none of the others from it: what went wrong is thrown when all have had their turn.
 */
export async function endOverdueJobs(store: Store, at: number): Promise<number | undefined> {
  const errors: unknown[] = [];
  for (const jobId of await store.jobs.overdue(at, maxPerRound)) {
    try {
      await store.advance({ kind: 'job', jobId }, jobTimeout);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'overdue jobs could not be ended');
  return store.jobs.nextDeadline();
}
