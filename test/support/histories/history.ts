import type { Change } from '../../../src/model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../../../src/model/snapshot.ts';
import { isRunning } from '../../../src/model/status.ts';
import { createHarness, type Harness, openJobs, waitingApprovals } from '../engine/harness.ts';
import { type Chance, createChance } from '../engine/random.ts';
import type { Event, Outcome } from './event.ts';
import { generatePipeline } from './generate-pipeline.ts';
import { checkGrowth } from './growth-rule.ts';
import { createJudge, type Judge, limits } from './judge.ts';
import { must } from './must.ts';
import { pipelineEvents } from './pipeline-events.ts';
import { countChange, countEnds, countEvent, type Tally } from './tally.ts';
import { answerOne, lookAtTime, success, workEvents } from './work-events.ts';

/** The number of steps of a history before its work is finished, which takes a few more. */
export const stepsEach = 100;

/** The number of steps after which everything is checked, not only what was touched. */
const stepsBetweenFullLooks = 50;

/** The interval of histories in which the input of decisions is frozen. */
const historiesPerFrozenOne = 8;

/** Longer than any timeout of an action. */
const longerThanAnyAction = 8 * 24 * 60 * 60 * 1000;

/** More timeouts than executions can run one after another. */
const mostRounds = 1000;

/** Selects a history: the same seed and number always give the same one. */
export interface HistoryOptions {
  seed: number;
  number: number;
  /** The steps to play, in order, by default all. Each has its own random numbers, whatever comes before it. */
  steps?: readonly number[];
  /** Checks everything after every step, so that a violation is found immediately. */
  isStrict?: boolean;
  /** Lets workers report long variables that actions use often, and measures every decision. */
  isHeavy?: boolean;
  /** Sees every decision that was not refused, and then each of its changes. */
  watch?: HistoryWatch;
}

interface HistoryWatch {
  decided(seen: Snapshot, changes: readonly Change[], at: number): void;
  changed(before: ExecutionSnapshot | undefined, after: ExecutionSnapshot): void;
}

/** A step as it was played. */
export interface Played {
  step: number;
  event: string;
  outcome: Outcome | 'broke';
}

/** A violated rule with the history up to the violation. */
export class BrokenHistory extends Error {
  readonly options: HistoryOptions;
  /** The played events, the last of which violated the rule. */
  readonly played: Played[];

  constructor(cause: Error, options: HistoryOptions, played: Played[]) {
    super(cause.message, { cause });
    this.options = options;
    this.played = played;
  }
}

export const events: Record<string, Event> = { ...workEvents, ...pipelineEvents };

/** Each event as often as its share. */
const shares = Object.entries(events).flatMap(([name, { share }]) => Array<string>(share).fill(name));

/** Plays one history and returns the harness at its end; throws `BrokenHistory`. */
export function playHistory(options: HistoryOptions, tally?: Tally): Harness {
  const { seed, number, isStrict = false, isHeavy = false, watch } = options;
  const steps = options.steps ?? Array.from({ length: stepsEach }, (_, step) => step);
  const chanceOf = (step: number) => createChance(mix(seed, number, step));
  const judge = createJudge(() => harness, { isFreezing: isStrict || number % historiesPerFrozenOne === 0 });
  const bare = createHarness(generatePipeline(chanceOf(-1), isHeavy ? 'heavy' : 'light'), {
    limits,
    weigh(seen, changes) {
      if (isHeavy) checkGrowth(seen, changes);
      watch?.decided(seen, changes, bare.clock.at);
    },
    observe(change, before, after) {
      if (tally) countChange(tally, change);
      judge.observe(change, before, after);
      watch?.changed(before, after);
    },
  });
  const harness = isHeavy ? laden(bare) : bare;
  const played: Played[] = [];
  let ending = 0;
  try {
    for (const step of steps) {
      const entry: Played = { step, event: '', outcome: 'broke' };
      played.push(entry);
      const outcome = playSomething(
        harness,
        chanceOf(step),
        (name) => {
          entry.event = name;
        },
        tally,
      );
      judge.judgeStep();
      if (isStrict || step % stepsBetweenFullLooks === 0) judge.judgeAll();
      entry.outcome = outcome;
    }
    played.push({ step: stepsEach, event: 'end', outcome: 'broke' });
    ending = letEnd(harness, chanceOf(stepsEach), judge);
  } catch (error) {
    throw new BrokenHistory(error as Error, options, played);
  }
  if (tally) {
    tally.histories += 1;
    tally.steps += steps.length + ending;
    countEnds(tally, harness);
  }
  return harness;
}

/** Returns the harness with workers that also report a long variable, whose value fits twice into an action. */
function laden(harness: Harness): Harness {
  const Long = 'x'.repeat(50_000);
  return {
    ...harness,
    succeed(id, job, { outputVariables, ...details } = {}) {
      return harness.succeed(id, job, {
        ...details,
        outputVariables: outputVariables && { ...outputVariables, Long },
      });
    },
  };
}

/** Plays events until one of them applies; starting an execution always does. */
function playSomething(harness: Harness, chance: Chance, record: (name: string) => void, tally?: Tally): Outcome {
  for (;;) {
    const name = chance.pick(shares) ?? '';
    record(name);
    const outcome = events[name]?.play(harness, chance) ?? 'idle';
    if (tally) countEvent(tally, name, outcome);
    if (outcome !== 'idle') return outcome;
  }
}

/** Mixes three numbers into one, so that neighbouring histories and steps are unrelated. */
function mix(seed: number, number: number, step: number): number {
  return Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b) ^ Math.imul(step + 2, 0xc2b2ae35);
}

/**
 * Enables every transition and finishes all work, by workers and approvals or only by timeouts: every execution must
 * end. Executions at a transition that was enabled too late, or that no longer exists, must be stopped for that.
 * Returns the number of steps.
 */
function letEnd(harness: Harness, chance: Chance, judge: Judge): number {
  for (const { name } of harness.declaration().stages) harness.open(name);
  const steps = chance.oneIn(3) ? letTimePass(harness, judge) : letWorkEnd(harness, chance, judge);
  for (const { id, waitingStage = '', hasExpired } of harness.placed())
    if (hasExpired || harness.isClosed(waitingStage)) harness.stop(id);
  judge.judgeAll();
  const stuck = harness.executions().filter(({ status }) => isRunning(status));
  must(stuck.length === 0, 'every execution can still end', stuck);
  return steps;
}

function letWorkEnd(harness: Harness, chance: Chance, judge: Judge): number {
  for (let steps = 0; ; steps += 1) {
    const execution = chance.pickFitting(harness.placed(), isAtWork);
    if (!execution) return steps;
    workOn(harness, execution, chance);
    judge.judgeStep();
  }
}

function isAtWork(execution: ExecutionSnapshot): boolean {
  return openJobs(execution).length + waitingApprovals(execution).length > 0;
}

function workOn(harness: Harness, execution: ExecutionSnapshot, chance: Chance): void {
  const job = chance.pick(openJobs(execution));
  if (!job) answerOne(harness, execution, chance);
  else if (chance.oneIn(8)) harness.fail(execution.id, job.id);
  else harness.succeed(execution.id, job.id, success(chance));
}

/** Only time passes: each timeout ends all running work, and waiting executions continue. */
function letTimePass(harness: Harness, judge: Judge): number {
  for (let steps = 0; ; steps += 1) {
    if (!harness.placed().some(isAtWork)) return steps;
    must(steps < mostRounds, 'timeouts end every execution', harness.placed());
    harness.clock.pass(longerThanAnyAction);
    for (const { id } of harness.placed()) lookAtTime(harness, harness.execution(id));
    judge.judgeStep();
  }
}
