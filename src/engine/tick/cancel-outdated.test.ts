import { expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Decide } from '../../model/decision.ts';
import { jobResult } from '../events/job-result.ts';
import { endOutdated } from '../events/update-pipeline.ts';

/** A harness whose pipeline can be updated: later decisions see the next version number. */
function updated(harness: Harness) {
  const outdate =
    <Answer>(decide: Decide<Answer>): Decide<Answer> =>
    (snapshot, moment) => {
      const decision = decide({ ...snapshot, pipeline: { ...snapshot.pipeline, version: 2 } }, moment);
      if ('refuse' in decision) return decision;
      const then = decision.then?.map((next) => ({ ...next, decide: outdate(next.decide) }));
      return { ...decision, then };
    };
  return {
    update: () => harness.advance({}, outdate(endOutdated)),
    succeed: (executionId: string, actionName: string, continuationToken?: string) =>
      harness.advance(
        { executionId },
        outdate((snapshot, moment) =>
          jobResult(
            snapshot,
            {
              jobId: harness.job(executionId, actionName).id,
              result: { outcome: 'Succeeded', continuationToken },
              continuationDelayMs: 0,
            },
            moment,
          ),
        ),
      ),
  };
}

function threeStages(): Harness {
  return createHarness(
    declare([
      stage('Source', source()),
      stage('Build', action('Compile'), action('Lint'), action('Later', { runOrder: 2 })),
      stage('Last', action('Ship')),
    ]),
  );
}

const statusOf = (harness: Harness, id: string) => harness.execution(id).status;

test('a waiting execution is cancelled, an active one after its running actions (behaviour C.2.4)', () => {
  const harness = threeStages();
  const active = harness.start();
  harness.succeed(active, 'Fetch');
  const waiting = harness.start();
  harness.succeed(waiting, 'Fetch');
  const { update, succeed } = updated(harness);
  expect(kindsOf(update())).toEqual([]);
  expect(statusOf(harness, waiting)).toBe('Cancelled');
  expect(statusOf(harness, active)).toBe('InProgress');
  succeed(active, 'Compile');
  expect(statusOf(harness, active)).toBe('InProgress');
  expect(kindsOf(succeed(active, 'Lint'))).toEqual(['jobEnded', 'actionSucceeded', 'stageEnded', 'executionEnded']);
  expect(statusOf(harness, active)).toBe('Cancelled');
  expect(harness.execution(active).stages.map(({ status }) => status)).toEqual(['Succeeded', 'Cancelled']);
  expect(harness.execution(active).actions.map(({ actionName }) => actionName)).toEqual(['Fetch', 'Compile', 'Lint']);
});

test('an action continues through its continuations', () => {
  const harness = threeStages();
  const id = harness.start();
  const { update, succeed } = updated(harness);
  update();
  succeed(id, 'Fetch', 'more');
  expect(statusOf(harness, id)).toBe('InProgress');
  succeed(id, 'Fetch');
  expect(statusOf(harness, id)).toBe('Cancelled');
});

test('a failed sibling does not fail the cancelled execution', () => {
  const harness = threeStages();
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  harness.fail(id, 'Lint');
  const { update, succeed } = updated(harness);
  update();
  succeed(id, 'Compile');
  expect(statusOf(harness, id)).toBe('Cancelled');
});

test('the newest execution waits at the stage until the outdated one has left it', () => {
  const harness = threeStages();
  const outdated = harness.start();
  const { update, succeed } = updated(harness);
  update();
  const newer = harness.start();
  expect(harness.execution(newer).waitingStage).toBe('Source');
  const decision = succeed(outdated, 'Fetch');
  expect('then' in decision && decision.then).toMatchObject([{ executionId: newer }]);
});

test('PARALLEL executions continue with the definition they started with', () => {
  const harness = createHarness(
    declare([stage('Source', source()), stage('Last', action('Ship'))], { executionMode: 'PARALLEL' }),
  );
  const id = harness.start();
  const { update, succeed } = updated(harness);
  update();
  succeed(id, 'Fetch');
  expect(statusOf(harness, id)).toBe('InProgress');
  expect(harness.execution(id).actions.at(-1)?.actionName).toBe('Ship');
});
