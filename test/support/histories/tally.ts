import type { Change } from '../../../src/model/change.ts';
import type { Harness } from '../engine/harness.ts';
import type { Outcome } from './event.ts';

/** Counts of everything that occurred, as plain numbers that a worker can send. */
export interface Tally {
  histories: number;
  steps: number;
  /** The count of each outcome by event. */
  events: Record<string, Record<Outcome, number>>;
  /** By kind of change. */
  changes: Record<string, number>;
  /** By kind of change and its variant: why executions started, how stages and checks ended. */
  outcomes: Record<string, number>;
  /** By the final status of executions. */
  ends: Record<string, number>;
}

export function emptyTally(): Tally {
  return { histories: 0, steps: 0, events: {}, changes: {}, outcomes: {}, ends: {} };
}

export function countEvent({ events }: Tally, name: string, outcome: Outcome): void {
  const counts = events[name] ?? { taken: 0, refused: 0, unchanged: 0, idle: 0 };
  counts[outcome] += 1;
  events[name] = counts;
}

export function countChange({ changes, outcomes }: Tally, change: Change): void {
  changes[change.kind] = (changes[change.kind] ?? 0) + 1;
  const outcome = detailOf(change);
  if (outcome !== undefined) outcomes[`${change.kind} ${outcome}`] = (outcomes[`${change.kind} ${outcome}`] ?? 0) + 1;
}

function detailOf(change: Change): string | undefined {
  if (change.kind === 'stageEnded' || change.kind === 'conditionEnded') return change.status;
  if (change.kind === 'stageRetried') return change.trigger;
  return change.kind === 'executionStarted' ? change.execution.trigger.triggerType : undefined;
}

export function countEnds({ ends }: Tally, harness: Harness): void {
  for (const { status } of harness.executions()) ends[status] = (ends[status] ?? 0) + 1;
}

/** Adds another tally. */
export function addTally(sum: Tally, other: Tally): void {
  sum.histories += other.histories;
  sum.steps += other.steps;
  for (const [name, counts] of Object.entries(other.events)) sum.events[name] = added(sum.events[name], counts);
  sum.changes = added(sum.changes, other.changes);
  sum.outcomes = added(sum.outcomes, other.outcomes);
  sum.ends = added(sum.ends, other.ends);
}

function added<Counts extends Record<string, number>>(sum: Counts | undefined, counts: Counts): Counts {
  const entries = Object.entries({ ...sum, ...counts }).map(([name]) => [
    name,
    (sum?.[name] ?? 0) + (counts[name] ?? 0),
  ]);
  return Object.fromEntries(entries) as Counts;
}

/** Formats the counts. */
export function tableOf({ events, changes, outcomes, ends }: Tally): string {
  const line = (name: string, ...counts: (number | string)[]) =>
    name.padEnd(40) + counts.map((count) => String(count).padStart(10)).join('');
  const sorted = <Count>(counts: Record<string, Count>) =>
    Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    line('event', 'taken', 'refused', 'unchanged', 'idle'),
    ...sorted(events).map(([name, each]) => line(name, each.taken, each.refused, each.unchanged, each.idle)),
    line('\nchange'),
    ...sorted(changes).map(([name, count]) => line(name, count)),
    line('\noutcome'),
    ...sorted(outcomes).map(([name, count]) => line(name, count)),
    line('\nend'),
    ...sorted(ends).map(([name, count]) => line(name, count)),
  ].join('\n');
}
