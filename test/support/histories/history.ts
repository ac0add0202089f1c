import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isRunning } from '../../../src/model/status.ts';
import { createWorld, openJobs, type World, waitingApprovals } from '../engine/harness.ts';
import { type Chance, createChance } from '../engine/random.ts';
import type { Event, Outcome } from './event.ts';
import { generatePipeline } from './generate-pipeline.ts';
import { checkGrowth } from './growth-rule.ts';
import { createJudge, type Judge, limits } from './judge.ts';
import { must } from './must.ts';
import { pipelineEvents } from './pipeline-events.ts';
import { countChange, countEnds, countEvent, type Tally } from './tally.ts';
import { answerOne, lookAtTime, success, workEvents } from './work-events.ts';

/** How many steps a history has before all its work is let end; the end has a few more. */
export const stepsEach = 100;

/** After how many steps everything is judged instead of what was touched. */
const stepsBetweenFullLooks = 50;

/** Every so many histories one is told with all that decisions see frozen. */
const historiesPerFrozenOne = 8;

/** Longer than any action may take or wait. */
const longerThanAnyAction = 8 * 24 * 60 * 60 * 1000;

/** More looks at the time than executions can run one after another. */
const mostRounds = 1000;

/** Which history to tell. The same seed and number tell the same history, whatever was told before. */
export interface Telling {
  seed: number;
  number: number;
  /**
   * The steps of it to take, in order; all unless said otherwise. Each has its own chance, whatever comes before it.
   */
  steps?: readonly number[];
  /** Judges everything after every step, so that a broken rule is found at once. */
  isStrict?: boolean;
  /** Has workers report long variables and actions use them often, and weighs every decision. */
  isHeavy?: boolean;
}

/** One step as it was played. */
export interface Played {
  step: number;
  event: string;
  outcome: Outcome | 'broke';
}

/** A broken rule with the telling that broke it and what had happened until then. */
export class BrokenHistory extends Error {
  readonly telling: Telling;
  /** The events that were played, the last being the one that broke the rule. */
  readonly played: Played[];

  constructor(cause: Error, telling: Telling, played: Played[]) {
    super(cause.message, { cause });
    this.telling = telling;
    this.played = played;
  }
}

export const events: Record<string, Event> = { ...workEvents, ...pipelineEvents };

/** Every event as often as its share says. */
const shares = Object.entries(events).flatMap(([name, { share }]) => Array<string>(share).fill(name));

/** Tells one history and answers the world it ends in; throws `BrokenHistory`. */
export function tellHistory(telling: Telling, tally?: Tally): World {
  const { seed, number, isStrict = false, isHeavy = false } = telling;
  const steps = telling.steps ?? Array.from({ length: stepsEach }, (_, step) => step);
  const chanceOf = (step: number) => createChance(mix(seed, number, step));
  const judge = createJudge(() => world, { isFreezing: isStrict || number % historiesPerFrozenOne === 0 });
  const bare = createWorld(generatePipeline(chanceOf(-1), isHeavy ? 'heavy' : 'light'), {
    limits,
    weigh: isHeavy ? checkGrowth : undefined,
    observe(change, before, after) {
      if (tally) countChange(tally, change);
      judge.observe(change, before, after);
    },
  });
  const world = isHeavy ? laden(bare) : bare;
  const played: Played[] = [];
  let ending = 0;
  try {
    for (const step of steps) {
      const entry: Played = { step, event: '', outcome: 'broke' };
      played.push(entry);
      const outcome = playSomething(
        world,
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
    ending = letEnd(world, chanceOf(stepsEach), judge);
  } catch (error) {
    throw new BrokenHistory(error as Error, telling, played);
  }
  if (tally) {
    tally.histories += 1;
    tally.steps += steps.length + ending;
    countEnds(tally, world);
  }
  return world;
}

/** The same world with workers that report a long variable beside the others: two of its value still fit an action. */
function laden(world: World): World {
  const Long = 'x'.repeat(50_000);
  return {
    ...world,
    succeed(id, job, { outputVariables, ...details } = {}) {
      return world.succeed(id, job, {
        ...details,
        outputVariables: outputVariables && { ...outputVariables, Long },
      });
    },
  };
}

/** Plays events until one of them meets something it can happen to; starting an execution always does. */
function playSomething(world: World, chance: Chance, tell: (name: string) => void, tally?: Tally): Outcome {
  for (;;) {
    const name = chance.pick(shares) ?? '';
    tell(name);
    const outcome = events[name]?.play(world, chance) ?? 'idle';
    if (tally) countEvent(tally, name, outcome);
    if (outcome !== 'idle') return outcome;
  }
}

/** One number of three, so that neighbouring histories and steps have nothing in common. */
function mix(seed: number, number: number, step: number): number {
  return Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b) ^ Math.imul(step + 2, 0xc2b2ae35);
}

/**
 * Opens every way and lets all work end, by workers and answers or by time alone: every execution must come to its end.
 * Who waits before a way that was opened too late, or that the pipeline does not have any more, has to be stopped for
 * that. Answers how many steps it took.
 */
function letEnd(world: World, chance: Chance, judge: Judge): number {
  for (const { name } of world.declaration().stages) world.open(name);
  const steps = chance.oneIn(3) ? letTimePass(world, judge) : letWorkEnd(world, chance, judge);
  for (const { id, waitingStage = '', hasExpired } of world.placed())
    if (hasExpired || world.isClosed(waitingStage)) world.stop(id);
  judge.judgeAll();
  const stuck = world.executions().filter(({ status }) => isRunning(status));
  must(stuck.length === 0, 'every execution can still end', stuck);
  return steps;
}

function letWorkEnd(world: World, chance: Chance, judge: Judge): number {
  for (let steps = 0; ; steps += 1) {
    const execution = chance.pickFitting(world.placed(), isAtWork);
    if (!execution) return steps;
    workOn(world, execution, chance);
    judge.judgeStep();
  }
}

function isAtWork(execution: ExecutionSnapshot): boolean {
  return openJobs(execution).length + waitingApprovals(execution).length > 0;
}

function workOn(world: World, execution: ExecutionSnapshot, chance: Chance): void {
  const job = chance.pick(openJobs(execution));
  if (!job) answerOne(world, execution, chance);
  else if (chance.oneIn(8)) world.fail(execution.id, job.id);
  else world.succeed(execution.id, job.id, success(chance));
}

/** Nobody does anything any more: each look at the time ends all that is at work, and who waited comes to work. */
function letTimePass(world: World, judge: Judge): number {
  for (let steps = 0; ; steps += 1) {
    if (!world.placed().some(isAtWork)) return steps;
    must(steps < mostRounds, 'time alone ends every execution', world.placed());
    world.clock.pass(longerThanAnyAction);
    for (const { id } of world.placed()) lookAtTime(world, world.execution(id));
    judge.judgeStep();
  }
}
