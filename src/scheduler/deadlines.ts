import { approvalTimeout, jobTimeout } from '../engine/events/timeouts.ts';
import type { Store } from '../store/store.ts';

/** Overdue jobs, and overdue approvals, handled in one round, so that a backlog is worked off in bounded steps. */
const maxPerRound = 100;

/**
 * Fails the actions that have timed out at `at` and returns when the next one will; undefined without deadlines. An
 * action that can't be ended doesn't stop the others: its error is thrown after all have been tried.
 */
export async function endOverdue(store: Store, at: number): Promise<number | undefined> {
  const errors: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  };
  for (const jobId of await store.jobs.overdue(at, maxPerRound)) {
    await attempt(() => store.advance({ kind: 'job', jobId }, jobTimeout));
  }
  for (const { scope, name, executionId } of await store.approvals.overdue(at, maxPerRound)) {
    await attempt(() =>
      store.advance({ kind: 'execution', scope, name, executionId, onlyContinues: true }, approvalTimeout),
    );
  }
  if (errors.length > 0) throw new AggregateError(errors, 'overdue actions could not be ended');
  const deadlines = await Promise.all([store.jobs.nextDeadline(), store.approvals.nextDeadline()]);
  return deadlines.reduce((first, next) => (first === undefined || (next ?? first) < first ? next : first));
}
