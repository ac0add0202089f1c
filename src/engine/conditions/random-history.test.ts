import { expect, test } from 'vitest';
import { checkChange, checkSettled, isRunning } from '../../../test/support/invariants.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines.ts';
import { type Chance, createChance } from '../../../test/support/random.ts';
import { someConditions } from '../../../test/support/random-conditions.ts';
import { createWorld, kindsOf, type Observer, openJobs, type World } from '../../../test/support/world.ts';
import type { Change } from '../../model/change.ts';
import { settle } from '../tick.ts';

// Histories whose work mostly succeeds, so that what conditions engage is met often; the histories of the room above
// mix conditions with everything else.
const histories = 40;
const stepsEach = 60;

/** The histories take seconds of work, on a busy machine much more of the clock. */
const patienceMs = 120_000;

/** What was met, over all histories. */
const met = { checks: 0, overrides: 0, skips: 0, automaticRetries: 0, automaticRollbacks: 0 };

function count(change: Change): void {
  if (change.kind === 'conditionStarted') met.checks += 1;
  if (change.kind === 'conditionOverridden') met.overrides += 1;
  if (change.kind === 'stageEnded' && change.status === 'Skipped') met.skips += 1;
  if (change.kind === 'stageRetried' && change.trigger === 'AutomatedStageRetry') met.automaticRetries += 1;
  const { triggerType } = change.kind === 'executionStarted' ? change.execution.trigger : {};
  if (triggerType === 'AutomatedRollback') met.automaticRollbacks += 1;
}

function generate(chance: Chance) {
  const stages = [stage('Source', source('Fetch', { namespace: 'Src' }))];
  for (const name of ['Build', 'Deploy'].slice(0, 1 + chance.below(2))) {
    stages.push(stage(name, action(`${name}1`), action(`${name}2`, { runOrder: 1 + chance.below(2) })));
  }
  const gated = stages.map((one, index) => ({
    ...one,
    ...someConditions(chance, { canRollBack: index > 0, namespaces: index === 0 ? [] : ['Src'] }),
  }));
  return declare(gated, { pipelineType: 'V2' });
}

function play(world: World, chance: Chance): void {
  const execution = chance.pick(world.executions().filter(isRunning));
  const job = execution && chance.pick(openJobs(execution));
  const failed = world.executions().findLast(({ status }) => status === 'Failed');
  const check = failed?.conditions.at(-1);
  if (failed && check && check.kind !== 'onFailure' && chance.oneIn(6)) {
    world.override(failed.id, check.stageName, check.kind);
  } else if (!execution || !job) world.start();
  else if (chance.oneIn(30)) world.update(chance.oneIn(3) ? generate(chance) : world.declaration());
  else if (chance.oneIn(25)) kindsOf(world.stop(execution.id, { abandon: execution.status === 'Stopping' }));
  else if (failed && chance.oneIn(10)) world.retry(failed.id, failed.stages.at(-1)?.stageName ?? '');
  else if (chance.oneIn(7)) kindsOf(world.fail(execution.id, job.id));
  else kindsOf(world.succeed(execution.id, job.id, { outputVariables: chance.oneIn(6) ? {} : { Tag: 'v1' } }));
}

function tell(seed: number): void {
  const chance = createChance(seed);
  const observe: Observer = (change, before, after) => {
    checkChange(world.declaration(after.pipelineVersion), change, before, after, world.isClosed);
    count(change);
  };
  const world = createWorld(generate(chance), { observe });
  const settled = () => {
    checkSettled(world.executions(), world.isClosed);
    for (const { id } of world.executions().filter(isRunning)) {
      const left = kindsOf(settle(world.snapshot({ executionId: id }), world.clock.moment()));
      if (left.length > 0) throw new Error(`left undone for ${id}: ${left.join(', ')}`);
    }
  };
  for (let step = 0; step < stepsEach; step += 1) {
    play(world, chance);
    settled();
  }
  const working = () => world.executions().filter((one) => openJobs(one).length > 0);
  for (let one = chance.pick(working()); one; one = chance.pick(working())) {
    const job = chance.pick(openJobs(one));
    if (job) kindsOf(chance.oneIn(5) ? world.fail(one.id, job.id) : world.succeed(one.id, job.id));
    settled();
  }
  expect(world.executions().filter(isRunning)).toEqual([]);
}

test(
  `${histories * stepsEach} random steps keep every rule of behaviour C.6, C.7 and C.8`,
  () => {
    for (let seed = 1; seed <= histories; seed += 1) {
      try {
        tell(seed);
      } catch (error) {
        throw new Error(`history ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    // The histories are worth something only if everything a condition can engage was met, and often.
    expect(Object.entries(met).filter(([, times]) => times < 10)).toEqual([]);
  },
  patienceMs,
);
