import { describe, expect, test } from 'vitest';
import { createWorld, kindsOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { draftOf, record } from './draft.ts';
import { conclude, settle, tick } from './tick.ts';

describe('level-triggered: looking again adds nothing', () => {
  test('after every step of a pipeline', () => {
    const world = createWorld(
      declare([
        stage('Source', source()),
        stage('Build', action('Compile', { inputs: ['Code'] }), action('Check', { runOrder: 2 })),
      ]),
    );
    const first = world.start();
    const second = world.start();
    const steps = [
      () => world.succeed(first, 'Fetch'),
      () => world.succeed(second, 'Fetch'),
      () => world.succeed(first, 'Compile', { continuationToken: 't' }),
      () => world.succeed(first, 'Compile'),
      () => world.fail(first, 'Check'),
      () => world.succeed(second, 'Compile'),
      () => world.succeed(second, 'Check'),
    ];
    for (const step of steps) {
      step();
      for (const { id } of world.executions()) {
        expect(kindsOf(settle(world.snapshot({ executionId: id }), world.clock.moment()))).toEqual([]);
      }
    }
    expect(world.executions().map(({ status }) => status)).toEqual(['Failed', 'Succeeded']);
  });

  test('tick on its own outcome', () => {
    const world = createWorld(twoStages());
    const id = world.start();
    const moment = world.clock.moment();
    const draft = tick(draftOf(world.snapshot({ executionId: id }), moment), moment);
    expect(tick(draft, moment)).toBe(draft);
  });

  test('without an execution there is nothing to do', () => {
    const world = createWorld(twoStages());
    expect(settle(world.snapshot(), world.clock.moment())).toEqual({ changes: [], answer: undefined, then: [] });
  });
});

describe('what a missed wake-up left undone is done at the next look', () => {
  test('a waiter at a free stage enters', () => {
    const world = createWorld(twoStages());
    const id = world.start();
    const settled = world.snapshot({ executionId: id });
    const waiting = {
      ...settled,
      occupancy: [
        { stageName: 'Source', waiting: [id], expired: [], waitingParallel: [] },
        { stageName: 'Build', waiting: [], expired: [], waitingParallel: [] },
      ],
      execution: settled.execution && {
        ...settled.execution,
        waitingStage: 'Source',
        stages: [],
        actions: [],
        jobs: [],
      },
    };
    expect(kindsOf(settle(waiting, world.clock.moment()))).toEqual(['stageEntered', 'actionStarted', 'jobQueued']);
  });
});

describe('who is looked at next', () => {
  test('only the waiter of a stage that this draft freed', () => {
    const world = createWorld(twoStages());
    const ids = [world.start(), world.start()];
    const seen = world.snapshot({ executionId: ids[0] });
    const untouched = draftOf(seen, world.clock.moment());
    expect(conclude(untouched, 'x')).toEqual({ changes: [], answer: 'x', then: [] });
    const freed = record(untouched, {
      kind: 'stageEnded',
      executionId: ids[0] ?? '',
      stageName: 'Source',
      status: 'Failed',
    });
    expect(conclude(freed, 'x')).toMatchObject({ then: [{ executionId: ids[1] }] });
  });

  test('nobody when the freed stage has been entered again in the same draft', () => {
    const world = createWorld(twoStages());
    const ids = [world.start(), world.start()];
    const draft = record(
      draftOf(world.snapshot({ executionId: ids[0] }), world.clock.moment()),
      { kind: 'stageEnded', executionId: ids[0] ?? '', stageName: 'Source', status: 'Failed' },
      { kind: 'stageEntered', executionId: 'somebody', stageName: 'Source', isLocking: true },
    );
    expect(conclude(draft, undefined)).toMatchObject({ then: [] });
  });
});
