import { expect, test } from 'vitest';
import { createWorld, kindsOf, type World } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Decide } from '../../model/decision.ts';
import { jobResult } from '../events/job-result.ts';
import { endOutdated } from '../events/update-pipeline.ts';

/** A harness whose pipeline can be updated: later decisions see the next version number. */
function updated(world: World) {
  const outdate =
    <Answer>(decide: Decide<Answer>): Decide<Answer> =>
    (snapshot, moment) => {
      const decision = decide({ ...snapshot, pipeline: { ...snapshot.pipeline, version: 2 } }, moment);
      if ('refuse' in decision) return decision;
      const then = decision.then?.map((next) => ({ ...next, decide: outdate(next.decide) }));
      return { ...decision, then };
    };
  return {
    update: () => world.advance({}, outdate(endOutdated)),
    succeed: (executionId: string, actionName: string, continuationToken?: string) =>
      world.advance(
        { executionId },
        outdate((snapshot, moment) =>
          jobResult(
            snapshot,
            {
              jobId: world.job(executionId, actionName).id,
              result: { outcome: 'Succeeded', continuationToken },
              continuationDelayMs: 0,
            },
            moment,
          ),
        ),
      ),
  };
}

function threeStages(): World {
  return createWorld(
    declare([
      stage('Source', source()),
      stage('Build', action('Compile'), action('Lint'), action('Later', { runOrder: 2 })),
      stage('Last', action('Ship')),
    ]),
  );
}

const statusOf = (world: World, id: string) => world.execution(id).status;

test('a waiting execution is cancelled, an active one after its running actions (behaviour C.2.4)', () => {
  const world = threeStages();
  const active = world.start();
  world.succeed(active, 'Fetch');
  const waiting = world.start();
  world.succeed(waiting, 'Fetch');
  const { update, succeed } = updated(world);
  expect(kindsOf(update())).toEqual([]);
  expect(statusOf(world, waiting)).toBe('Cancelled');
  expect(statusOf(world, active)).toBe('InProgress');
  succeed(active, 'Compile');
  expect(statusOf(world, active)).toBe('InProgress');
  expect(kindsOf(succeed(active, 'Lint'))).toEqual(['jobEnded', 'actionSucceeded', 'stageEnded', 'executionEnded']);
  expect(statusOf(world, active)).toBe('Cancelled');
  expect(world.execution(active).stages.map(({ status }) => status)).toEqual(['Succeeded', 'Cancelled']);
  expect(world.execution(active).actions.map(({ actionName }) => actionName)).toEqual(['Fetch', 'Compile', 'Lint']);
});

test('an action continues through its continuations', () => {
  const world = threeStages();
  const id = world.start();
  const { update, succeed } = updated(world);
  update();
  succeed(id, 'Fetch', 'more');
  expect(statusOf(world, id)).toBe('InProgress');
  succeed(id, 'Fetch');
  expect(statusOf(world, id)).toBe('Cancelled');
});

test('a failed sibling does not fail the cancelled execution', () => {
  const world = threeStages();
  const id = world.start();
  world.succeed(id, 'Fetch');
  world.fail(id, 'Lint');
  const { update, succeed } = updated(world);
  update();
  succeed(id, 'Compile');
  expect(statusOf(world, id)).toBe('Cancelled');
});

test('the newest execution waits at the stage until the outdated one has left it', () => {
  const world = threeStages();
  const outdated = world.start();
  const { update, succeed } = updated(world);
  update();
  const newer = world.start();
  expect(world.execution(newer).waitingStage).toBe('Source');
  const decision = succeed(outdated, 'Fetch');
  expect('then' in decision && decision.then).toMatchObject([{ executionId: newer }]);
});

test('PARALLEL executions continue with the definition they started with', () => {
  const world = createWorld(
    declare([stage('Source', source()), stage('Last', action('Ship'))], { executionMode: 'PARALLEL' }),
  );
  const id = world.start();
  const { update, succeed } = updated(world);
  update();
  succeed(id, 'Fetch');
  expect(statusOf(world, id)).toBe('InProgress');
  expect(world.execution(id).actions.at(-1)?.actionName).toBe('Ship');
});
