import { expect, test } from 'vitest';
import { playHistory } from '../../../test/support/histories/history.ts';
import { isManualApproval } from '../../model/action-type.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { type EventRecord, eventsOf } from './recorded-events.ts';

const histories = 80;

/** The states of events by the status that a change leads to. */
const states: Record<string, string> = {
  InProgress: 'RESUMED',
  Succeeded: 'SUCCEEDED',
  Failed: 'FAILED',
  Stopping: 'STOPPING',
  Stopped: 'STOPPED',
  Cancelled: 'CANCELED',
  Superseded: 'SUPERSEDED',
  Skipped: 'SKIPPED',
  Abandoned: 'ABANDONED',
};

/** Describes what differs between an execution before and after a change, without looking at the change. */
function differences(before: ExecutionSnapshot | undefined, after: ExecutionSnapshot): string[] {
  const of = `${after.id} attempt ${attemptOf(after)}`;
  const isRetry = before !== undefined && attemptOf(before) < attemptOf(after);
  const found: string[] = [];
  if (!before) found.push(`${of}: pipeline STARTED`);
  else if (isRetry || before.status !== after.status) found.push(`${of}: pipeline ${states[after.status]}`);
  for (const stage of after.stages) {
    const earlier = before?.stages.find(({ stageName }) => stageName === stage.stageName);
    const isRetried = earlier !== undefined && retriesOf(earlier) < retriesOf(stage);
    const retriedAt = stage.lastRetriedAt === undefined ? '' : ` since ${stage.lastRetriedAt}`;
    if (!earlier) found.push(`${of}: stage ${stage.stageName} STARTED`);
    else if (isRetried || earlier.status !== stage.status)
      found.push(`${of}: stage ${stage.stageName} ${states[stage.status]}${retriedAt}`);
  }
  for (const action of after.actions) {
    if (action.conditionId !== undefined) continue;
    const earlier = before?.actions.find(({ id }) => id === action.id);
    const isApproval = action.deadlineAt !== undefined && isManualApproval(action.start.actionTypeId);
    if (!earlier) {
      found.push(`${of}: action ${action.id} STARTED`);
      if (isApproval) found.push(`${of}: approval ${action.id} needed`);
    } else if (earlier.status !== action.status) {
      const state = action.error?.code === 'ApprovalCanceled' ? 'CANCELED' : states[action.status];
      found.push(`${of}: action ${action.id} ${state}`);
    }
  }
  return found;
}

type Retried = Pick<ExecutionSnapshot['stages'][number], 'manualRetries' | 'automaticRetries'>;

function retriesOf({ manualRetries, automaticRetries }: Retried): number {
  return manualRetries + automaticRetries;
}

function attemptOf({ stages }: ExecutionSnapshot): number {
  return stages.reduce((sum, stage) => sum + retriesOf(stage), 1);
}

/** `attempts` are those of executions that a decision was not about. */
function describeRecord(record: EventRecord, attempts: Map<string, number>): string {
  const { executionId, kind, state = 'needed', subject, attempt = attempts.get(executionId), retriedAt } = record;
  // Of an execution it is why it stops.
  const of = subject === undefined || kind === 'pipeline' ? '' : ` ${subject}`;
  return `${executionId} attempt ${attempt}: ${kind}${of} ${state}${retriedAt === undefined ? '' : ` since ${retriedAt}`}`;
}

test('the events of random histories are the changes of their states: each once, in order', {
  timeout: 120_000,
}, () => {
  const seen: Record<string, number> = {};
  for (let number = 0; number < histories; number += 1) {
    let recorded: EventRecord[] = [];
    let expected: string[] = [];
    const attempts = new Map<string, number>();
    const compare = () => {
      const described = recorded.map((record) => describeRecord(record, attempts));
      // An expectation for each of the many decisions would take most of the time.
      if (described.join('\n') !== expected.join('\n')) expect(described).toEqual(expected);
      for (const { kind, state } of recorded) seen[`${kind} ${state}`] = (seen[`${kind} ${state}`] ?? 0) + 1;
    };
    playHistory({
      seed: 14,
      number,
      watch: {
        decided({ execution }, changes, at) {
          compare();
          recorded = eventsOf(execution, [...changes], at);
          expected = [];
        },
        changed(before, after) {
          expected.push(...differences(before, after));
          attempts.set(after.id, attemptOf(after));
        },
      },
    });
    compare();
  }
  const ends = (kind: string, ...names: string[]) =>
    ['STARTED', 'SUCCEEDED', 'FAILED', ...names].map((name) => `${kind} ${name}`);
  expect(Object.keys(seen).sort()).toEqual(
    [
      ...ends('pipeline', 'CANCELED', 'SUPERSEDED', 'RESUMED', 'STOPPING', 'STOPPED'),
      ...ends('stage', 'CANCELED', 'SKIPPED', 'RESUMED', 'STOPPING', 'STOPPED'),
      ...ends('action', 'CANCELED', 'ABANDONED'),
      'approval undefined',
    ].sort(),
  );
  expect(Object.entries(seen).filter(([, count]) => count < 5)).toEqual([]);
});
