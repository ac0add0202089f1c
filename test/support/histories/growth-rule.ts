import type { Change } from '../../../src/model/change.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { must } from './must.ts';

/**
 * How often the input of a decision may be repeated in its changes: an action appears when it starts and when it fails.
 */
const mostTimes = 6;

/** What a decision may add for each action it starts: twice its resolved configuration, and fixed members. */
const mostForAction = 2 * 110 * 1024;

/** What a decision may always add. */
const mostAnyway = 64 * 1024;

/** The size of a decision is bounded by its input: the execution, its declaration and the report of a job. */
export function checkGrowth({ execution, declaration }: Snapshot, changes: readonly Change[]): void {
  const given = sizeOf({ execution, declaration }) + sizeOf(changes.filter(({ kind }) => kind === 'jobEnded'));
  const started = changes.filter(({ kind }) => kind === 'actionStarted').length;
  const written = sizeOf(changes);
  must(written <= mostTimes * given + mostForAction * started + mostAnyway, 'a decision does not multiply its input', {
    given,
    started,
    written,
  });
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
