import { describe, expect, test } from 'vitest';
import { createHarness, kindsOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { advance, draftOf, finish, tick } from './tick.ts';

describe('advancing an execution again adds nothing', () => {
  test('after every step of a pipeline', () => {
    const harness = createHarness(
      declare([
        stage('Source', source()),
        stage('Build', action('Compile', { inputs: ['Code'] }), action('Check', { runOrder: 2 })),
      ]),
    );
    const first = harness.start();
    const second = harness.start();
    const steps = [
      () => harness.succeed(first, 'Fetch'),
      () => harness.succeed(second, 'Fetch'),
      () => harness.succeed(first, 'Compile', { continuationToken: 't' }),
      () => harness.succeed(first, 'Compile'),
      () => harness.fail(first, 'Check'),
      () => harness.succeed(second, 'Compile'),
      () => harness.succeed(second, 'Check'),
    ];
    for (const step of steps) {
      step();
      for (const { id } of harness.executions()) {
        expect(kindsOf(advance(harness.snapshot({ executionId: id }), harness.clock.moment()))).toEqual([]);
      }
    }
    expect(harness.executions().map(({ status }) => status)).toEqual(['Failed', 'Succeeded']);
  });

  test('tick on its own result', () => {
    const harness = createHarness(twoStages());
    const id = harness.start();
    const draft = tick(draftOf(harness.snapshot({ executionId: id }), harness.clock.moment()));
    expect(tick(draft)).toBe(draft);
  });

  test('without an execution it adds nothing', () => {
    const harness = createHarness(twoStages());
    const after = harness.snapshot();
    expect(advance(after, harness.clock.moment())).toEqual({ changes: [], answer: undefined, after, then: [] });
  });
});

describe('a missed wake-up is made up for when the execution advances', () => {
  test('a waiting execution enters a free stage', () => {
    const harness = createHarness(twoStages());
    const id = harness.start();
    const started = harness.snapshot({ executionId: id });
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
    expect(kindsOf(advance(waiting, harness.clock.moment()))).toEqual(['stageEntered', 'actionStarted', 'jobQueued']);
  });
});

describe('executions to advance next', () => {
  test('only the one that waits for a stage freed by this decision', () => {
    const harness = createHarness(twoStages());
    const ids = [harness.start(), harness.start()];
    const seen = harness.snapshot({ executionId: ids[0] });
    const moment = harness.clock.moment();
    expect(finish(seen, moment, [], 'x')).toEqual({ changes: [], answer: 'x', after: seen, then: [] });
    const freed = { kind: 'stageEnded', executionId: ids[0] ?? '', stageName: 'Source', status: 'Failed' } as const;
    expect(finish(seen, moment, [freed], 'x')).toMatchObject({ then: [{ executionId: ids[1] }] });
  });

  test('none if the freed stage has been entered again in the same decision', () => {
    const harness = createHarness(twoStages());
    const ids = [harness.start(), harness.start()];
    const changes = [
      { kind: 'stageEnded', executionId: ids[0] ?? '', stageName: 'Source', status: 'Failed' },
      { kind: 'stageEntered', executionId: 'another', stageName: 'Source', isLocking: true },
    ] as const;
    const decision = finish(harness.snapshot({ executionId: ids[0] }), harness.clock.moment(), [...changes], undefined);
    expect(decision).toMatchObject({ then: [] });
  });
});
