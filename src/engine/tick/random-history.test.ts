import { expect, test } from 'vitest';
import { BrokenHistory, events, playHistory, stepsEach } from '../../../test/support/histories/history.ts';
import { describeBroken } from '../../../test/support/histories/reproduce.ts';
import { emptyTally } from '../../../test/support/histories/tally.ts';
import type { Change } from '../../model/change.ts';

/** The histories take seconds of CPU time, and longer on a busy machine. */
const patienceMs = 120_000;

const seed = 1;
const histories = 260;

/** Histories with long variables, which take 0.25 s each. */
const heavyHistories = 20;

/** The fewest occurrences of each kind of event and change: histories are useful only if all occur often. */
const fewest = 50;

/** The fewest of rare outcomes, such as automatic rollbacks and abandoned checks. */
const fewestOutcomes = 10;

/** Transitions do not change executions, and the histories have no webhooks and no polled sources. */
type MetKind = Exclude<
  Change['kind'],
  'transitionDisabled' | 'transitionEnabled' | 'webhookTriggered' | 'sourceSeen' | 'refSeen' | 'pullRequestTaken'
>;

const kinds: Record<MetKind, true> = {
  executionStarted: true,
  executionWaiting: true,
  executionExpired: true,
  executionSuperseded: true,
  executionEnded: true,
  executionStopping: true,
  revisionsRecorded: true,
  stageEntered: true,
  stageRetried: true,
  stageEnded: true,
  conditionStarted: true,
  conditionEnded: true,
  conditionOverridden: true,
  actionStarted: true,
  actionProgressed: true,
  actionSucceeded: true,
  actionFailed: true,
  actionAbandoned: true,
  jobQueued: true,
  jobEnded: true,
};

/** Why executions started and stages were retried, and how stages and checks ended. */
const outcomes = [
  'conditionEnded Abandoned',
  'conditionEnded Cancelled',
  'conditionEnded Failed',
  'conditionEnded Succeeded',
  'executionStarted AutomatedRollback',
  'executionStarted ManualRollback',
  'executionStarted StartPipelineExecution',
  'stageEnded Cancelled',
  'stageEnded Failed',
  'stageEnded Skipped',
  'stageEnded Stopped',
  'stageEnded Succeeded',
  'stageRetried AutomatedStageRetry',
  'stageRetried ManualStageRetry',
];

test('50,000 random events satisfy the rules of executions (behaviour C.2, C.4, C.5, C.6, C.7, C.8)', {
  timeout: patienceMs,
}, () => {
  const tally = emptyTally();
  try {
    for (let number = 0; number < histories; number += 1) playHistory({ seed, number }, tally);
  } catch (error) {
    throw error instanceof BrokenHistory ? new Error(describeBroken(error), { cause: error }) : error;
  }
  expect(tally.steps).toBeGreaterThan(histories * stepsEach);
  const drawn = Object.values(tally.events).reduce((sum, { idle }) => sum + idle, tally.steps);
  expect(drawn).toBeGreaterThan(50_000);
  const rare = (counts: Record<string, number>, least = fewest) =>
    Object.entries(counts).filter(([, count]) => count < least);
  expect(Object.keys(tally.changes).sort()).toEqual(Object.keys(kinds).sort());
  expect(rare(tally.changes)).toEqual([]);
  expect(Object.keys(tally.outcomes).sort()).toEqual(outcomes);
  expect(rare(tally.outcomes, fewestOutcomes)).toEqual([]);
  expect(Object.keys(tally.ends).sort()).toEqual(['Cancelled', 'Failed', 'Stopped', 'Succeeded', 'Superseded']);
  expect(rare(tally.ends)).toEqual([]);
  const met = Object.entries(tally.events).map(([name, { idle, ...counts }]) => [
    name,
    Math.max(...Object.values(counts)),
  ]);
  expect(met.map(([name]) => name).sort()).toEqual(Object.keys(events).sort());
  expect(rare(Object.fromEntries(met))).toEqual([]);
});

test('no decision multiplies its input', { timeout: patienceMs }, () => {
  const tally = emptyTally();
  for (let number = 0; number < heavyHistories; number += 1) playHistory({ seed, number, isHeavy: true }, tally);
  expect(tally.changes.actionStarted).toBeGreaterThan(fewest);
});

test('the same seed produces the same history', () => {
  const run = () => JSON.stringify(playHistory({ seed, number: 7 }).executions());
  expect(run()).toBe(run());
});
