import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createHarness, type Harness, refusalOf } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import { putActionRevision } from '../events/put-action-revision.ts';
import { longestDisabledMs } from '../events/transition.ts';
import { queued } from './queued.ts';

const declaration = twoStages({ executionMode: 'QUEUED', pipelineType: 'V2' });
let harness: Harness;
beforeEach(() => {
  harness = createHarness(declaration, { limits: { runningExecutions: 4, parallelActions: 1 } });
});

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return id;
}

const build = () => {
  const { holder, waiting, expired } = harness.snapshot().occupancy[1] ?? {};
  return { holder, waiting, expired };
};

describe('waiting (behaviour C.2.3)', () => {
  test('executions enter each stage in order of arrival, and none is superseded', () => {
    const ids = [harness.start(), harness.start(), harness.start()];
    expect(harness.snapshot().occupancy[0]).toMatchObject({ holder: ids[0], waiting: ids.slice(1) });
    for (const id of ids) harness.succeed(id, 'Fetch');
    expect(build()).toMatchObject({ holder: ids[0], waiting: ids.slice(1) });
    harness.succeed(ids[0] ?? '', 'Compile');
    expect(build()).toMatchObject({ holder: ids[1], waiting: ids.slice(2) });
    harness.fail(ids[1] ?? '', 'Compile');
    expect(build()).toMatchObject({ holder: ids[2], waiting: [] });
    harness.succeed(ids[2] ?? '', 'Compile');
    expect(ids.map((id) => harness.execution(id).status)).toEqual(['Succeeded', 'Failed', 'Succeeded']);
  });

  test('several executions can run: an earlier stage is free for the next one', () => {
    const ids = [fetched(), harness.start()];
    expect(harness.snapshot().occupancy).toMatchObject([{ holder: ids[1] }, { holder: ids[0] }]);
  });

  test('they also queue for a disabled transition, and the first enters once it is enabled', () => {
    harness.close('Build');
    const ids = [fetched(), fetched(), fetched()];
    expect(build()).toMatchObject({ holder: undefined, waiting: ids });
    harness.open('Build');
    expect(build()).toMatchObject({ holder: ids[0], waiting: ids.slice(1) });
  });

  test('one that is not the first does not enter a free stage', () => {
    harness.close('Build');
    const ids = [fetched(), fetched()];
    const free = { stageName: 'Build', waiting: ids, expired: [], waitingParallel: [] };
    expect(queued.tryEnter(harness.execution(ids[1] ?? ''), free)).toEqual([]);
    expect(queued.tryEnter(harness.execution(ids[0] ?? ''), free)).toMatchObject([{ kind: 'stageEntered' }]);
  });

  test('a stopped one leaves the queue', () => {
    const ids = [fetched(), fetched(), fetched()];
    harness.stop(ids[1] ?? '');
    harness.succeed(ids[0] ?? '', 'Compile');
    expect(build()).toMatchObject({ holder: ids[2], waiting: [] });
  });

  test('a failed one cannot retry a stage that another has entered since (behaviour C.6)', () => {
    const ids = [fetched(), fetched()];
    harness.fail(ids[0] ?? '', 'Compile');
    expect(refusalOf(harness.retry(ids[0] ?? '', 'Build'))).toMatchObject({
      refuse: 'NotLatestPipelineExecutionException',
    });
  });

  test('once enabled after 30 days, later arrivals overtake the waiting ones (behaviour C.4)', () => {
    harness.close('Build');
    const late = [fetched(), fetched()];
    harness.clock.pass(longestDisabledMs + 1);
    harness.open('Build');
    expect(build()).toEqual({ holder: undefined, waiting: [], expired: late });
    const later = [fetched(), fetched()];
    expect(build()).toEqual({ holder: later[0], waiting: later.slice(1), expired: late });
    harness.succeed(later[0] ?? '', 'Compile');
    expect(build()).toEqual({ holder: later[1], waiting: [], expired: late });
    for (const id of late) harness.stop(id);
    expect(late.map((id) => harness.execution(id).status)).toEqual(['Stopped', 'Stopped']);
  });
});

describe('updates (behaviour C.2.4)', () => {
  test.each(['QUEUED', 'SUPERSEDED', 'PARALLEL'] as const)(
    'to %s: waiting executions end, active ones after their action',
    (mode) => {
      const active = fetched();
      const waiting = [fetched(), harness.start(), harness.start()];
      harness.update({ ...declaration, executionMode: mode });
      const [beforeBuild, inSource, beforeSource] = waiting.map((id) => harness.execution(id).status);
      expect([beforeBuild, inSource, beforeSource]).toEqual(['Cancelled', 'InProgress', 'Cancelled']);
      harness.succeed(waiting[1] ?? '', 'Fetch');
      harness.succeed(active, 'Compile');
      expect(harness.executions().map(({ status }) => status)).toEqual(Array(4).fill('Cancelled'));
    },
  );
});

describe('the limit of running executions (behaviour B.6)', () => {
  const full = {
    refuse: 'ConcurrentPipelineExecutionsLimitExceededException',
    message: "Pipeline 'Mill' has reached the limit of 4 concurrent executions in QUEUED mode.",
  };

  test('refuses one more from any trigger; a repeated token still returns its execution', () => {
    const first = harness.start({ clientRequestToken: 'once' });
    for (let count = 1; count < 4; count += 1) harness.start();
    expect(() => harness.start()).toThrow(full.message);
    const revision = { actionName: 'Fetch', revisionId: 'abc' };
    const announced = harness.advance({ revision }, (snapshot, moment) =>
      putActionRevision(snapshot, { revision, callerArn: 'arn' }, moment),
    );
    expect(refusalOf(announced)).toEqual(full);
    expect(harness.start({ clientRequestToken: 'once' })).toBe(first);
    harness.stop(harness.executions().at(-1)?.id ?? '');
    harness.start();
  });

  test('a failed execution can resume only within the limit', () => {
    harness.close('Source');
    const ids = [harness.start(), harness.start(), harness.start(), harness.start()];
    harness.open('Source');
    harness.close('Source');
    harness.fail(ids[0] ?? '', 'Fetch');
    const last = harness.start();
    expect(refusalOf(harness.retry(ids[0] ?? '', 'Source'))).toEqual(full);
    harness.stop(last);
    expect(changesOf(harness.retry(ids[0] ?? '', 'Source'))).toMatchObject([{ kind: 'stageRetried' }, {}, {}]);
  });

  test('a rollback over the limit is refused with an error that is declared for it (behaviour C.7)', () => {
    const target = fetched();
    harness.succeed(target, 'Compile');
    for (let count = 0; count < 4; count += 1) harness.start();
    expect(refusalOf(harness.rollBack('Build', target))).toEqual({
      refuse: 'UnableToRollbackStageException',
      message: full.message,
    });
  });

  test('running executions of earlier versions count', () => {
    for (let count = 0; count < 4; count += 1) harness.start();
    harness.update(declaration);
    for (let count = 1; count < 4; count += 1) harness.start();
    expect(() => harness.start()).toThrow(full.message);
  });
});
