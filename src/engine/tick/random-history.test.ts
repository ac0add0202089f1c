import { expect, test } from 'vitest';
import { BrokenHistory, events, stepsEach, tellHistory } from '../../../test/support/histories/history.ts';
import { describeBroken } from '../../../test/support/histories/reproduce.ts';
import { emptyTally } from '../../../test/support/histories/tally.ts';
import type { Change } from '../../model/change.ts';

/** The histories take seconds of work, on a busy machine much more of the clock. */
const patienceMs = 120_000;

const seed = 1;
const histories = 260;

/** Those with long variables take a quarter of a second each. */
const heavyHistories = 20;

/** Of each kind so many at least: the histories are worth something only if everything was met, and often. */
const fewest = 50;

/** What it takes much to come to: an automatic rollback, an abandoned check. */
const fewestOutcomes = 10;

/** Ways are no change of an execution, and webhooks are not among the events. */
type MetKind = Exclude<Change['kind'], 'transitionDisabled' | 'transitionEnabled' | 'webhookTriggered' | 'sourceSeen'>;

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

/** Why executions began and stages were retried, and how stages and checks ended. */
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

test('50,000 random events keep the rules of executions (behaviour C.2, C.4, C.5, C.6, C.7, C.8)', {
  timeout: patienceMs,
}, () => {
  const tally = emptyTally();
  try {
    for (let number = 0; number < histories; number += 1) tellHistory({ seed, number }, tally);
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

test('no decision multiplies what it was given', { timeout: patienceMs }, () => {
  const tally = emptyTally();
  for (let number = 0; number < heavyHistories; number += 1) tellHistory({ seed, number, isHeavy: true }, tally);
  expect(tally.changes.actionStarted).toBeGreaterThan(fewest);
});

test('the same seed tells the same history', () => {
  const tell = () => JSON.stringify(tellHistory({ seed, number: 7 }).executions());
  expect(tell()).toBe(tell());
});
