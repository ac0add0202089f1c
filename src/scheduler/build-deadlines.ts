import type { Store } from '../store/store.ts';

/** Builds ended in one round, so that a backlog is worked off in bounded steps. */
const maxPerRound = 100;

/**
 * Ends the builds that no runner ends: those that waited too long, whose runner hangs or has disappeared too often, and
 * those that are to stop while no runner has them. Returns when the next one may be due; undefined if no build is open. A
 * build that can't be ended doesn't stop the others: its error is thrown after all have been tried.
 */
export async function endOverdueBuilds({ builds }: Pick<Store, 'builds'>, at: number): Promise<number | undefined> {
  // Most servers have no open build most of the time, and then this is all that a round costs.
  if ((await builds.nextEnd()) === undefined) return undefined;
  const errors: unknown[] = [];
  for (const build of await builds.overdue(at, maxPerRound)) {
    await builds.endOverdue(build, at).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw new AggregateError(errors, 'overdue builds could not be ended');
  return builds.nextEnd();
}
