import { expect, test } from 'vitest';
import { checkChange, checkOvertaken, checkSettled, isRunning } from '../../test/support/invariants.ts';
import { checkActionCount, checkRunning, createQueueWatch } from '../../test/support/mode-invariants.ts';
import { type Chance, createChance } from '../../test/support/random.ts';
import { generatePipeline } from '../../test/support/random-pipeline.ts';
import {
  createWorld,
  kindsOf,
  type Observer,
  openJobs,
  type World,
  waitingApprovals,
} from '../../test/support/world.ts';
import { customActionTimeoutMs } from '../model/job.ts';
import type { ExecutionSnapshot } from '../model/snapshot.ts';
import { settle } from './tick.ts';
import { longestClosureMs } from './transition.ts';

const histories = 250;
const stepsEach = 90;

/** The histories take seconds of work, on a busy machine much more of the clock. */
const patienceMs = 120_000;

/** Small ones, so that they are met. */
const limits = { runningExecutions: 8, parallelActions: 2 };

/** Retries that were taken, over all histories. */
let retries = 0;

/** Rollbacks that were started, over all histories. */
let rollbacks = 0;

/** Starts over the limit that were refused, and waits that lapsed, over all histories. */
let refusals = 0;
let lapses = 0;

/** One event of any kind; some of them meet nothing to happen to. */
function play(world: World, chance: Chance): void {
  const running = world.executions().filter(isRunning);
  const execution = chance.pick(running);
  const job = execution && chance.pick(openJobs(execution));
  const event = chance.below(20);
  if (chance.oneIn(40)) world.update(generatePipeline(chance));
  else if (chance.oneIn(7)) retry(world, chance);
  else if (chance.oneIn(5)) rollBack(world, chance);
  else if (chance.oneIn(10)) turnWay(world, chance);
  else if (chance.oneIn(30)) override(world, chance);
  else if (event < 4 || !execution) start(world);
  else if (chance.oneIn(20)) stop(world, execution, chance);
  else if (event === 19) passTime(world, chance);
  else if (event === 18) repeatOldResult(world, chance);
  else if (chance.oneIn(2) && answerSome(world, execution, chance)) return;
  else if (!job) kindsOf(world.timeOut(execution.id));
  else if (event < 10) kindsOf(world.succeed(execution.id, job.id, outcome(chance)));
  else if (event < 13) kindsOf(world.succeed(execution.id, job.id, { continuationToken: `t${chance.below(3)}` }));
  else if (event < 15) kindsOf(world.fail(execution.id, job.id));
  else if (event < 17 && job.status !== 'InProgress') world.deliver(execution.id, job.id);
  else if (job.status === 'Dispatched') world.acknowledge(execution.id, job.id);
}

/** Over the limit of its mode a start is refused. */
function start(world: World): void {
  const isFull = world.executions().filter(isRunning).length >= limits.runningExecutions;
  const isRefused = isFull && world.declaration().executionMode !== 'SUPERSEDED';
  if (!isRefused) return void world.start();
  expect(() => world.start()).toThrow('has reached the limit of 8 concurrent executions');
  refusals += 1;
}

/** Answers a waiting approval; without the summary it needs the answer is refused and it waits on. False when none waits. */
function answerSome(world: World, execution: ExecutionSnapshot, chance: Chance): boolean {
  const waiting = chance.pick(waitingApprovals(execution));
  if (!waiting) return false;
  const summary = chance.oneIn(2) ? 'seen' : '';
  const status = chance.oneIn(4) ? 'Rejected' : 'Approved';
  const decision = world.answer(execution.id, waiting.actionName, { status, summary });
  const needsSummary = waiting.start.configuration.IsSummaryRequired === 'true';
  expect('refuse' in decision).toBe(needsSummary && summary === '');
  return true;
}

/** Closes or opens some way, mostly one that makes a difference. */
function turnWay(world: World, chance: Chance): void {
  const { name = '' } = chance.pick(world.declaration().stages) ?? {};
  kindsOf(world.isClosed(name) && !chance.oneIn(4) ? world.open(name) : world.close(name, `r${chance.below(2)}`));
}

/** Of any execution, mostly a stage that failed or was stopped; what may not be retried changes nothing. */
function retry(world: World, chance: Chance): void {
  const failed = world.executions().filter(({ actions }) => actions.some(({ status }) => status === 'Failed'));
  const execution = chance.oneIn(4) ? chance.pick(world.executions()) : failed.at(-1);
  const stage = execution?.stages.at(-1);
  if (!execution || !stage) return;
  const count = world.executions().length;
  const decision = world.retry(execution.id, stage.stageName, chance.pick(['FAILED_ACTIONS', 'ALL_ACTIONS']));
  const now = world.execution(execution.id);
  if ('refuse' in decision) {
    expect([
      'ConcurrentPipelineExecutionsLimitExceededException',
      'ConflictException',
      'NotLatestPipelineExecutionException',
      'StageNotRetryableException',
    ]).toContain(decision.refuse);
    expect(now).toBe(execution);
  } else {
    expect(decision.answer).toBe(execution.id);
    retries += 1;
  }
  expect(world.executions()).toHaveLength(count);
}

/** To any execution at any stage; only what has succeeded there in this version may be a target. */
function rollBack(world: World, chance: Chance): void {
  const { version, stages } = world.declaration();
  const current = world.executions().filter((one) => one.pipelineVersion === version && !one.rollback);
  const passages = current.flatMap((one) => one.stages.slice(1).map((stage) => ({ target: one, ...stage })));
  const done = passages.filter(({ status }) => status === 'Succeeded');
  const any = { target: chance.pick(world.executions()), stageName: stages[0]?.name ?? '' };
  const { target, stageName: name } = (chance.oneIn(4) ? chance.pick(passages) : chance.pick(done)) ?? any;
  if (!target) return;
  const decision = world.rollBack(name, target.id);
  if ('refuse' in decision) return;
  rollbacks += 1;
  const execution = world.execution(decision.answer);
  expect(execution.rollback).toMatchObject({ targetExecutionId: target.id, stageName: name });
  expect(target.stages.find(({ stageName }) => stageName === name)?.status).toBe('Succeeded');
}

/** Of some condition, mostly one that failed last; what may not be overridden changes nothing. */
function override(world: World, chance: Chance): void {
  const checked = world.executions().filter(({ conditions }) => conditions.length > 0);
  const failed = checked.filter(({ conditions }) => conditions.at(-1)?.status === 'Failed');
  const execution = chance.oneIn(4) ? chance.pick(checked) : failed.at(-1);
  const check = execution?.conditions.at(-1);
  if (!execution || !check || check.kind === 'onFailure') return;
  const decision = world.override(execution.id, check.stageName, check.kind);
  if ('refuse' in decision) {
    expect(world.execution(execution.id)).toBe(execution);
    return;
  }
  expect(check.status).toBe('Failed');
  expect(world.execution(execution.id).conditions.find(({ id }) => id === check.id)?.status).toBe('Overridden');
}

/** A stop that waits, or abandons; a second one that waits is refused. */
function stop(world: World, { id, status }: ExecutionSnapshot, chance: Chance): void {
  const abandon = chance.oneIn(2);
  const decision = world.stop(id, { abandon, reason: 'enough' });
  expect('refuse' in decision).toBe(status === 'Stopping' && !abandon);
}

function outcome(chance: Chance) {
  const currentRevision = { revision: `r${chance.below(100)}`, changeIdentifier: 'c' };
  return {
    outputVariables: chance.oneIn(6) ? undefined : { Tag: 'v1' },
    currentRevision: chance.oneIn(2) ? currentRevision : undefined,
  };
}

/** Mostly minutes; now and then enough for waits to lapse and for time-outs, which may come in any order. */
function passTime(world: World, chance: Chance): void {
  if (chance.oneIn(4)) world.clock.pass(longestClosureMs);
  world.clock.pass(chance.oneIn(4) ? customActionTimeoutMs / 2 : 60_000);
  for (const { id } of world.executions()) if (!chance.oneIn(3)) kindsOf(world.timeOut(id));
}

/** A worker that did not hear the answer says the same again: nothing may come of it. */
function repeatOldResult(world: World, chance: Chance): void {
  const execution = chance.pick(world.executions());
  const job = execution && chance.pick(execution.jobs.filter(({ result }) => result !== undefined));
  if (!execution || !job?.result) return;
  expect(world.report(execution.id, job.id, job.result)).toEqual({ changes: [], answer: undefined });
}

/** Looking again at any execution finds nothing left undone. */
function checkNothingLeft(world: World): void {
  for (const execution of world.executions()) {
    const { id } = execution;
    if (!isRunning(execution)) continue;
    const left = kindsOf(settle(world.snapshot({ executionId: id }), world.clock.moment()));
    if (left.length > 0) throw new Error(`left undone for ${id}: ${left.join(', ')}`);
  }
}

/**
 * Opens every way and lets all work end, in any order: every execution must come to its end. Who waits before a way that
 * was opened too late, or that the pipeline does not have any more, has to be stopped for that.
 */
function drain(world: World, chance: Chance): void {
  for (const { name } of world.declaration().stages) kindsOf(world.open(name));
  const working = () =>
    world.executions().filter((execution) => openJobs(execution).length + waitingApprovals(execution).length > 0);
  for (let execution = chance.pick(working()); execution; execution = chance.pick(working())) {
    const job = chance.pick(openJobs(execution));
    if (job)
      kindsOf(
        chance.oneIn(8) ? world.fail(execution.id, job.id) : world.succeed(execution.id, job.id, outcome(chance)),
      );
    else answerSome(world, execution, chance);
    checkSettled(world.executions(), world.isClosed);
  }
  for (const { id, waitingStage = '', hasLapsed } of world.executions().filter(isRunning))
    if (hasLapsed || world.isClosed(waitingStage)) kindsOf(world.stop(id));
  const stuck = world.executions().filter(isRunning);
  if (stuck.length > 0) throw new Error(`cannot end any more: ${JSON.stringify(stuck)}`);
}

function tell(seed: number): ExecutionSnapshot[] {
  const chance = createChance(seed);
  const observe: Observer = (change, before, after) => {
    checkChange(world.declaration(after.pipelineVersion), change, before, after, world.isClosed);
    if (change.kind === 'executionSuperseded' && before) checkOvertaken(world.executions(), before);
    if (change.kind === 'executionLapsed') lapses += 1;
    queues.tell(change, after, world.executions());
    checkRunning(change, before, after, world.executions(), limits);
    checkActionCount(after, limits);
  };
  const queues = createQueueWatch();
  const world = createWorld(generatePipeline(chance), { observe, limits });
  let step = 0;
  try {
    for (; step < stepsEach; step += 1) {
      play(world, chance);
      checkSettled(world.executions(), world.isClosed);
      checkNothingLeft(world);
    }
    drain(world, chance);
  } catch (error) {
    throw new Error(`history ${seed}, step ${step}: ${(error as Error).message}`, { cause: error });
  }
  return world.executions();
}

test(
  `${histories * stepsEach} random steps keep every rule of behaviour C.2`,
  () => {
    const ends = new Map<string, number>();
    for (let seed = 1; seed <= histories; seed += 1) {
      for (const { status } of tell(seed)) ends.set(status, (ends.get(status) ?? 0) + 1);
    }
    expect(retries).toBeGreaterThan(100);
    expect(rollbacks).toBeGreaterThan(100);
    expect(refusals).toBeGreaterThan(100);
    expect(lapses).toBeGreaterThan(100);
    // The histories are worth something only if all ends were met, and often.
    for (const status of ['Succeeded', 'Failed', 'Superseded', 'Cancelled', 'Stopped'])
      expect(ends.get(status)).toBeGreaterThan(100);
    expect([...ends.keys()].sort()).toEqual(['Cancelled', 'Failed', 'Stopped', 'Succeeded', 'Superseded']);
  },
  patienceMs,
);

test('the same seed tells the same history', () => {
  expect(JSON.stringify(tell(7))).toBe(JSON.stringify(tell(7)));
});
