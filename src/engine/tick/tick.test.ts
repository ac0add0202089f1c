import { describe, expect, test } from 'vitest';
import { createWorld, kindsOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { advance, draftOf, finish, tick } from './tick.ts';

describe('advancing an execution again adds nothing', () => {
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
        expect(kindsOf(advance(world.snapshot({ executionId: id }), world.clock.moment()))).toEqual([]);
      }
    }
    expect(world.executions().map(({ status }) => status)).toEqual(['Failed', 'Succeeded']);
  });

  test('tick on its own result', () => {
    const world = createWorld(twoStages());
    const id = world.start();
    const draft = tick(draftOf(world.snapshot({ executionId: id }), world.clock.moment()));
    expect(tick(draft)).toBe(draft);
  });

  test('without an execution it adds nothing', () => {
    const world = createWorld(twoStages());
    expect(advance(world.snapshot(), world.clock.moment())).toEqual({ changes: [], answer: undefined, then: [] });
  });
});

describe('a missed wake-up is made up for when the execution advances', () => {
  test('a waiting execution enters a free stage', () => {
    const world = createWorld(twoStages());
    const id = world.start();
    const started = world.snapshot({ executionId: id });
    const waiting = {
      ...started,
      occupancy: [
        { stageName: 'Source', waiting: [id], expired: [], waitingParallel: [] },
        { stageName: 'Build', waiting: [], expired: [], waitingParallel: [] },
      ],
      execution: started.execution && {
        ...started.execution,
        waitingStage: 'Source',
        stages: [],
        actions: [],
        jobs: [],
      },
    };
    expect(kindsOf(advance(waiting, world.clock.moment()))).toEqual(['stageEntered', 'actionStarted', 'jobQueued']);
  });
});

describe('executions to advance next', () => {
  test('only the one that waits for a stage freed by this decision', () => {
    const world = createWorld(twoStages());
    const ids = [world.start(), world.start()];
    const seen = world.snapshot({ executionId: ids[0] });
    const moment = world.clock.moment();
    expect(finish(seen, moment, [], 'x')).toEqual({ changes: [], answer: 'x', then: [] });
    const freed = { kind: 'stageEnded', executionId: ids[0] ?? '', stageName: 'Source', status: 'Failed' } as const;
    expect(finish(seen, moment, [freed], 'x')).toMatchObject({ then: [{ executionId: ids[1] }] });
  });

  test('none if the freed stage has been entered again in the same decision', () => {
    const world = createWorld(twoStages());
    const ids = [world.start(), world.start()];
    const changes = [
      { kind: 'stageEnded', executionId: ids[0] ?? '', stageName: 'Source', status: 'Failed' },
      { kind: 'stageEntered', executionId: 'another', stageName: 'Source', isLocking: true },
    ] as const;
    const decision = finish(world.snapshot({ executionId: ids[0] }), world.clock.moment(), [...changes], undefined);
    expect(decision).toMatchObject({ then: [] });
  });
});
